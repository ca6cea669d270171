-- name: authorize_payment :one
INSERT INTO payments (order_id, amount_cents, details) VALUES ($1, $2, $3) RETURNING id;

-- name: capture_payment :exec
UPDATE payments SET state = 'captured' WHERE id = $1 AND state = 'authorized';

-- name: refund_payment :exec
UPDATE payments SET state = 'refunded', details = details || $2 WHERE id = $1 AND state = 'captured';

-- name: payments_of_order :many
SELECT id, amount_cents, state, details ->> 'provider' AS provider FROM payments WHERE order_id = $1 ORDER BY id;
