-- name: create_user :one
INSERT INTO users (email, full_name) VALUES ($1, $2) RETURNING id;

-- name: get_user :one
SELECT id, email, full_name, created_at FROM users WHERE id = $1;

-- name: find_user_by_email :one
SELECT id, full_name FROM users WHERE email = $1;

-- name: rename_user :exec
UPDATE users SET full_name = $2 WHERE id = $1;

-- name: search_users :many
SELECT id, full_name FROM users WHERE full_name LIKE $1 ORDER BY full_name LIMIT 20;
