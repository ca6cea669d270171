-- change
ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'paid';

-- query
INSERT INTO orders (user_id, currency) VALUES (1, 'EUR');
