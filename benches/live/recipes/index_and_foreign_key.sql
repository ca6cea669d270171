-- == before
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL, state text);
INSERT INTO users SELECT i, 'n' FROM generate_series(0, 9999) i;
INSERT INTO orders SELECT i, i % 10000 FROM generate_series(0, {rows} - 1) i;
-- == plain
CREATE INDEX orders_user ON orders (user_id);
ALTER TABLE orders ADD CONSTRAINT orders_user_fkey FOREIGN KEY (user_id) REFERENCES users;
-- == old
UPDATE orders SET user_id = {n} WHERE id = {own} ;; SELECT user_id = {n} FROM orders WHERE id = {own}
SELECT user_id IS NOT NULL FROM orders WHERE id = {id}
UPDATE users SET name = {text} WHERE id = {n}
INSERT INTO orders (id, user_id) VALUES ({own}, {n}) ON CONFLICT (id) DO UPDATE SET user_id = EXCLUDED.user_id ;; SELECT user_id = {n} FROM orders WHERE id = {own}
-- == new
UPDATE orders SET user_id = {n} WHERE id = {own} ;; SELECT user_id = {n} FROM orders WHERE id = {own}
SELECT user_id IS NOT NULL FROM orders WHERE id = {id}
UPDATE users SET name = {text} WHERE id = {n}
INSERT INTO orders (id, user_id) VALUES ({own}, {n}) ON CONFLICT (id) DO UPDATE SET user_id = EXCLUDED.user_id ;; SELECT user_id = {n} FROM orders WHERE id = {own}
-- == reshape
[[actions]]
type = "add_index"
table = "orders"
[actions.index]
name = "orders_user"
columns = ["user_id"]
[[actions]]
type = "add_foreign_key"
table = "orders"
[actions.foreign_key]
columns = ["user_id"]
referenced_table = "users"
referenced_columns = ["id"]
-- == expert expand
-- alone
CREATE INDEX CONCURRENTLY orders_user ON orders (user_id)
-- == expert contract
ALTER TABLE orders ADD CONSTRAINT orders_user_fkey FOREIGN KEY (user_id) REFERENCES users NOT VALID;
-- alone
ALTER TABLE orders VALIDATE CONSTRAINT orders_user_fkey
