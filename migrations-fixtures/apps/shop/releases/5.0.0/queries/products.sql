-- name: create_product :one
INSERT INTO products (sku, title, price_cents, description) VALUES ($1, $2, $3, $4) RETURNING id;

-- name: get_product :one
SELECT id, sku, title, description, price_cents, stock FROM products WHERE id = $1;

-- name: list_products :many
SELECT id, title, price_cents FROM products WHERE stock > 0 ORDER BY title LIMIT 50;

-- name: describe_product :exec
UPDATE products SET description = $2 WHERE id = $1;

-- name: restock :exec
UPDATE products SET stock = stock + $2 WHERE id = $1;

-- name: take_from_stock :exec
UPDATE products SET stock = stock - $2 WHERE id = $1 AND stock >= $2;
