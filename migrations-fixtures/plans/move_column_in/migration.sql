ALTER TABLE users ADD COLUMN bio text, ADD COLUMN visits int DEFAULT 0;
UPDATE users SET bio = p.bio, visits = p.visits FROM profiles p WHERE p.user_id = users.id;
ALTER TABLE profiles DROP COLUMN bio, DROP COLUMN visits;
