ALTER TABLE users RENAME COLUMN name TO full_name;
CREATE OR REPLACE VIEW named AS SELECT id, full_name AS name FROM users;
