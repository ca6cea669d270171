-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint);
-- release 1.0.0
-- name: order
INSERT INTO orders (id, user_id) VALUES ($1, $2);
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users NOT VALID;
