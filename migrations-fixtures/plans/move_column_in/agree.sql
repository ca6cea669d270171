SELECT users.id FROM users JOIN profiles ON user_id = users.id WHERE users.bio IS DISTINCT FROM profiles.bio OR users.visits IS DISTINCT FROM profiles.visits;
