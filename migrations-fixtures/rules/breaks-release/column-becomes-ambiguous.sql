-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total int);
-- release 1.0.0
-- name: totals
SELECT name, total FROM users JOIN orders ON orders.user_id = users.id;
-- migration
ALTER TABLE orders ADD COLUMN name text; --~ error breaks-release breaks-app
