-- change
ALTER TABLE products ADD CONSTRAINT products_title_key UNIQUE (title);

-- query
UPDATE products SET title = $1 WHERE id = 1;
