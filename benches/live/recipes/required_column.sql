-- == before
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric NOT NULL, vat numeric, state text NOT NULL DEFAULT 'new');
INSERT INTO orders SELECT i, i, nullif(i % 5, 0) FROM generate_series(0, {rows} - 1) i;
-- == plain
ALTER TABLE orders ADD COLUMN total numeric;
UPDATE orders SET total = round(amount * (1 + coalesce(vat, 0) / 100), 2);
ALTER TABLE orders ALTER COLUMN total SET NOT NULL;
-- == old
UPDATE orders SET amount = {n} WHERE id = {own} ;; SELECT amount = {n} FROM orders WHERE id = {own}
UPDATE orders SET state = {text} WHERE id = {own} ;; SELECT state = {text} FROM orders WHERE id = {own}
SELECT amount IS NOT NULL FROM orders WHERE id = {id}
INSERT INTO orders (id, amount, vat) VALUES ({own}, {n}, NULL) ON CONFLICT (id) DO UPDATE SET amount = EXCLUDED.amount ;; SELECT amount = {n} FROM orders WHERE id = {own}
-- == new
UPDATE orders SET amount = {n}, vat = 5, total = round({n} * 1.05, 2) WHERE id = {own} ;; SELECT total = round({n} * 1.05, 2) FROM orders WHERE id = {own}
UPDATE orders SET state = {text} WHERE id = {own} ;; SELECT state = {text} FROM orders WHERE id = {own}
SELECT total IS NOT NULL FROM orders WHERE id = {id}
INSERT INTO orders (id, amount, vat, total) VALUES ({own}, {n}, 0, {n}) ON CONFLICT (id) DO UPDATE SET amount = EXCLUDED.amount, vat = 0, total = EXCLUDED.total ;; SELECT total = {n} FROM orders WHERE id = {own}
-- == agree
SELECT count(*) FROM orders WHERE total IS DISTINCT FROM round(amount * (1 + coalesce(vat, 0) / 100), 2)
-- == reshape
[[actions]]
type = "add_column"
table = "orders"
up = "round(amount * (1 + coalesce(vat, 0) / 100), 2)"
[actions.column]
name = "total"
type = "numeric"
nullable = false
-- == expert expand
ALTER TABLE orders ADD COLUMN total numeric;
CREATE FUNCTION orders_total() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.total IS NULL OR TG_OP = 'UPDATE' AND NEW.total = OLD.total AND (NEW.amount, NEW.vat) IS DISTINCT FROM (OLD.amount, OLD.vat) THEN
    NEW.total := round(NEW.amount * (1 + coalesce(NEW.vat, 0) / 100), 2);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER orders_total BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION orders_total();
-- batches
UPDATE orders SET total = round(amount * (1 + coalesce(vat, 0) / 100), 2) WHERE total IS NULL
-- tx
ALTER TABLE orders ADD CONSTRAINT total_set CHECK (total IS NOT NULL) NOT VALID;
-- alone
ALTER TABLE orders VALIDATE CONSTRAINT total_set
-- == expert contract
DROP TRIGGER orders_total ON orders;
DROP FUNCTION orders_total();
ALTER TABLE orders ALTER COLUMN total SET NOT NULL;
ALTER TABLE orders DROP CONSTRAINT total_set;
