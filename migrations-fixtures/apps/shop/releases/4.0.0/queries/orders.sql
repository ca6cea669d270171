-- name: create_order :one
INSERT INTO orders (user_id, currency) VALUES ($1, $2) RETURNING id;

-- name: add_order_item :exec
INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents)
SELECT $1, p.id, $3, p.price_cents FROM products p WHERE p.id = $2
ON CONFLICT (order_id, product_id) DO UPDATE SET quantity = order_items.quantity + excluded.quantity;

-- name: get_order :one
SELECT o.id, o.status, o.currency, o.created_at, u.full_name AS customer
FROM orders o JOIN users u ON u.id = o.user_id
WHERE o.id = $1;

-- name: list_order_items :many
SELECT i.product_id, p.title, i.quantity, i.unit_price_cents
FROM order_items i JOIN products p ON p.id = i.product_id
WHERE i.order_id = $1
ORDER BY p.title;

-- name: list_orders_of_user :many
SELECT id, status, currency, created_at FROM orders WHERE user_id = $1 ORDER BY created_at DESC LIMIT 20;

-- name: set_order_status :exec
UPDATE orders SET status = $2 WHERE id = $1;

-- name: best_customers :many
SELECT u.full_name, o.currency, sum(i.quantity * i.unit_price_cents) AS spent_cents
FROM users u
JOIN orders o ON o.user_id = u.id
JOIN order_items i ON i.order_id = o.id
WHERE o.created_at > $1
GROUP BY u.id, u.full_name, o.currency
ORDER BY spent_cents DESC
LIMIT 10;
