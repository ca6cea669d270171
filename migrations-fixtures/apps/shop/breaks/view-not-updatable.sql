-- before
CREATE VIEW open_orders AS SELECT id, status FROM orders;

-- change
CREATE OR REPLACE VIEW open_orders AS SELECT DISTINCT id, status FROM orders;

-- query
UPDATE open_orders SET status = 'paid' WHERE id = 1;
