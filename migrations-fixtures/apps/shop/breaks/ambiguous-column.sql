-- change
ALTER TABLE order_items ADD COLUMN status text;

-- query
SELECT status FROM orders JOIN order_items ON order_id = id;
