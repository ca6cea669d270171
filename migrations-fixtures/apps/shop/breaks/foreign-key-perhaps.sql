-- before
ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey;

-- change
ALTER TABLE orders ADD CONSTRAINT orders_user_fkey FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;

-- query
INSERT INTO orders (user_id, currency) VALUES ($1, 'EUR');
