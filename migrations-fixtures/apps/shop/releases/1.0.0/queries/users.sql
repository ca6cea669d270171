-- name: create_user
INSERT INTO users (email, name) VALUES ($1, $2) RETURNING id;

-- name: get_user
SELECT id, email, name, created_at FROM users WHERE id = $1;

-- name: find_user_by_email
SELECT id, name FROM users WHERE email = $1;

-- name: rename_user
UPDATE users SET name = $2 WHERE id = $1;

-- name: search_users
SELECT id, name FROM users WHERE name LIKE $1 ORDER BY name LIMIT 20;
