-- == before
CREATE TABLE orders (id bigint PRIMARY KEY, amount int NOT NULL, state text NOT NULL DEFAULT 'new');
CREATE INDEX orders_amount ON orders (amount);
INSERT INTO orders SELECT i, i % 500 FROM generate_series(0, {rows} - 1) i;
-- == plain
ALTER TABLE orders ALTER COLUMN amount TYPE bigint;
-- == old
UPDATE orders SET amount = {n} WHERE id = {own} ;; SELECT amount = {n} FROM orders WHERE id = {own}
UPDATE orders SET state = {text} WHERE id = {own} ;; SELECT state = {text} FROM orders WHERE id = {own}
SELECT amount IS NOT NULL FROM orders WHERE id = {id}
INSERT INTO orders (id, amount) VALUES ({own}, {n}) ON CONFLICT (id) DO UPDATE SET amount = EXCLUDED.amount ;; SELECT amount = {n} FROM orders WHERE id = {own}
-- == new
UPDATE orders SET amount = {n} WHERE id = {own} ;; SELECT amount = {n} FROM orders WHERE id = {own}
UPDATE orders SET state = {text} WHERE id = {own} ;; SELECT state = {text} FROM orders WHERE id = {own}
SELECT amount IS NOT NULL FROM orders WHERE id = {id}
INSERT INTO orders (id, amount) VALUES ({own}, {n}) ON CONFLICT (id) DO UPDATE SET amount = EXCLUDED.amount ;; SELECT amount = {n} FROM orders WHERE id = {own}
-- == reshape
[[actions]]
type = "alter_column"
table = "orders"
column = "amount"
up = "amount::bigint"
down = "amount::int"
[actions.changes]
type = "bigint"
-- == expert expand
ALTER TABLE orders ADD COLUMN amount_new bigint;
CREATE FUNCTION orders_amount_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.amount_new := NEW.amount;
  RETURN NEW;
END $$;
CREATE TRIGGER orders_amount_sync BEFORE INSERT OR UPDATE OF id, amount, amount_new ON orders FOR EACH ROW EXECUTE FUNCTION orders_amount_sync();
-- batches
UPDATE orders SET amount_new = amount WHERE amount_new IS NULL
-- alone
CREATE INDEX CONCURRENTLY orders_amount_new ON orders (amount_new)
-- tx
ALTER TABLE orders ADD CONSTRAINT amount_set CHECK (amount_new IS NOT NULL) NOT VALID;
-- alone
ALTER TABLE orders VALIDATE CONSTRAINT amount_set
-- == expert contract
DROP TRIGGER orders_amount_sync ON orders;
DROP FUNCTION orders_amount_sync();
ALTER TABLE orders ALTER COLUMN amount_new SET NOT NULL;
ALTER TABLE orders DROP CONSTRAINT amount_set;
ALTER TABLE orders DROP COLUMN amount;
ALTER TABLE orders RENAME COLUMN amount_new TO amount;
ALTER INDEX orders_amount_new RENAME TO orders_amount;
