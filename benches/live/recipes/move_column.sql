-- == before
CREATE TABLE orders (id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'new', total int);
INSERT INTO orders SELECT i, 'new', i % 500 FROM generate_series(0, {rows} - 1) i;
-- == plain
CREATE TABLE order_totals (order_id bigint PRIMARY KEY REFERENCES orders (id), total int);
INSERT INTO order_totals (order_id, total) SELECT id, total FROM orders;
ALTER TABLE orders DROP COLUMN total;
-- == old
UPDATE orders SET total = {n} WHERE id = {own} ;; SELECT total = {n} FROM orders WHERE id = {own}
UPDATE orders SET state = {text} WHERE id = {own} ;; SELECT state = {text} FROM orders WHERE id = {own}
SELECT state IS NOT NULL FROM orders WHERE id = {id}
INSERT INTO orders (id, total) VALUES ({own}, {n}) ON CONFLICT (id) DO UPDATE SET total = EXCLUDED.total ;; SELECT total = {n} FROM orders WHERE id = {own}
-- == new
UPDATE order_totals SET total = {n} WHERE order_id = {own} ;; SELECT total = {n} FROM order_totals WHERE order_id = {own}
UPDATE orders SET state = {text} WHERE id = {own} ;; SELECT state = {text} FROM orders WHERE id = {own}
SELECT total IS NOT NULL FROM order_totals WHERE order_id = {id}
INSERT INTO order_totals (order_id, total) VALUES ({own}, {n}) ON CONFLICT (order_id) DO UPDATE SET total = EXCLUDED.total ;; SELECT total = {n} FROM order_totals WHERE order_id = {own}
-- == agree
SELECT count(*) FROM orders o LEFT JOIN order_totals t ON t.order_id = o.id WHERE t.total IS DISTINCT FROM o.total
-- == expert expand
CREATE TABLE order_totals (order_id bigint PRIMARY KEY REFERENCES orders (id), total int);
CREATE FUNCTION orders_total_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 THEN
    INSERT INTO order_totals (order_id, total) VALUES (NEW.id, NEW.total) ON CONFLICT (order_id) DO UPDATE SET total = EXCLUDED.total;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER orders_total_out AFTER INSERT OR UPDATE OF total ON orders FOR EACH ROW EXECUTE FUNCTION orders_total_out();
CREATE FUNCTION orders_total_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 THEN
    UPDATE orders SET total = NEW.total WHERE id = NEW.order_id AND total IS DISTINCT FROM NEW.total;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER orders_total_back AFTER INSERT OR UPDATE OF total ON order_totals FOR EACH ROW EXECUTE FUNCTION orders_total_back();
-- ranges
INSERT INTO order_totals (order_id, total) SELECT id, total FROM orders WHERE id >= {from} AND id < {to} ON CONFLICT DO NOTHING
-- == expert contract
DROP TRIGGER orders_total_out ON orders;
DROP FUNCTION orders_total_out();
DROP TRIGGER orders_total_back ON order_totals;
DROP FUNCTION orders_total_back();
ALTER TABLE orders DROP COLUMN total;
