-- name: create_product
INSERT INTO products (sku, title, price_cents, description) VALUES ($1, $2, $3, $4) RETURNING id;

-- name: get_product
SELECT id, sku, title, description, price_cents, stock FROM products WHERE id = $1;

-- name: list_products
SELECT id, title, price_cents FROM products WHERE stock > 0 ORDER BY title LIMIT 50;

-- name: describe_product
UPDATE products SET description = $2 WHERE id = $1;

-- name: restock
UPDATE products SET stock = stock + $2 WHERE id = $1;

-- name: take_from_stock
UPDATE products SET stock = stock - $2 WHERE id = $1 AND stock >= $2;
