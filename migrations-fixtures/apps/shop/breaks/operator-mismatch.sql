-- change
ALTER TABLE products ALTER COLUMN title TYPE jsonb USING to_jsonb(title);

-- query
SELECT id FROM products WHERE title LIKE 'a%';
