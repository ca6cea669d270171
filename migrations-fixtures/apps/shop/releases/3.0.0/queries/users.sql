-- name: create_user
INSERT INTO users (email, full_name) VALUES ($1, $2) RETURNING id;

-- name: get_user
SELECT id, email, full_name, created_at FROM users WHERE id = $1;

-- name: find_user_by_email
SELECT id, full_name FROM users WHERE email = $1;

-- name: rename_user
UPDATE users SET full_name = $2 WHERE id = $1;

-- name: search_users
SELECT id, full_name FROM users WHERE full_name LIKE $1 ORDER BY full_name LIMIT 20;
