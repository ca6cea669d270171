-- name: open_session
INSERT INTO sessions (token, user_id) VALUES ($1, $2);

-- name: touch_session
UPDATE sessions SET seen_at = now() WHERE token = $1 RETURNING user_id;

-- name: close_session
DELETE FROM sessions WHERE token = $1;
