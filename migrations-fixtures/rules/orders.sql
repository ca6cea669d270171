CREATE TABLE customers (id bigserial PRIMARY KEY, email text NOT NULL, full_name text, status text NOT NULL DEFAULT 'active', created_at timestamptz NOT NULL DEFAULT now());
CREATE UNIQUE INDEX customers_email_key ON customers (lower(email));
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id bigint NOT NULL, total numeric(10,2) NOT NULL CHECK (total >= 0), note text, placed_at timestamptz NOT NULL DEFAULT now(), CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE);
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
CREATE TABLE order_items (order_id bigint NOT NULL REFERENCES orders, line int NOT NULL, sku text NOT NULL, qty int NOT NULL DEFAULT 1, PRIMARY KEY (order_id, line));
CREATE TABLE coupons (code text PRIMARY KEY, percent int, used int NOT NULL DEFAULT 0);
-- release 2.3
-- name: get_customer
SELECT id, email, full_name, status FROM customers WHERE id = $1;
-- name: list_orders
SELECT o.id, o.total, c.full_name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.customer_id = $1 ORDER BY o.placed_at DESC;
-- name: add_order
INSERT INTO orders (customer_id, total) VALUES ($1, $2) RETURNING id;
-- name: add_item
INSERT INTO order_items (order_id, line, sku) VALUES ($1, $2, $3);
-- case plpgsql-misspelt-statement-in-do: fails
DO $$ BEGIN UPDAET customers SET status = 'x' WHERE id = 1; END $$;
-- case plpgsql-missing-column-in-do: fails
DO $$ BEGIN UPDATE orders SET memo = 'x' WHERE id = 1; END $$;
-- case plpgsql-missing-column-in-a-function-not-called
CREATE FUNCTION remember() RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE orders SET memo = 'x' WHERE id = 1; END $$;
-- case plpgsql-misspelt-statement-in-a-function-not-called: fails
CREATE FUNCTION remember() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETRUN 1; END $$;
-- case plpgsql-raise-when-null-rows-and-there-are-none
DO $$ BEGIN IF EXISTS (SELECT FROM orders WHERE customer_id IS NULL) THEN RAISE EXCEPTION 'orphans'; END IF; END $$;
ALTER TABLE orders ADD COLUMN channel text;
-- case set-transaction-after-a-query: fails-in-transaction
SELECT count(*) FROM coupons;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
UPDATE coupons SET used = 0 WHERE code = 'x5';
-- case set-transaction-first
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
UPDATE coupons SET used = 0 WHERE code = 'x5';
-- case deferred-constraint-trigger-pending: fails
-- history
CREATE FUNCTION check_total() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER orders_total AFTER UPDATE ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_total();
-- migration
UPDATE orders SET note = 'x' WHERE id = 7;
ALTER TABLE orders ADD COLUMN channel text;
-- case foreign-key-action-cascade-becomes-restrict: breaks-app
-- history
ALTER TABLE order_items DROP CONSTRAINT order_items_order_id_fkey;
-- release 2.3
DELETE FROM customers WHERE id = $1;
-- migration
ALTER TABLE orders DROP CONSTRAINT orders_customer_fk, ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
-- case foreign-key-action-restrict-becomes-cascade-and-nobody-deletes
ALTER TABLE order_items DROP CONSTRAINT order_items_order_id_fkey, ADD CONSTRAINT order_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE NOT VALID;
-- case trigger-dropped-and-remade-with-one-more-event
-- history
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('orders', NEW.id::text); RETURN NULL; END $$;
CREATE TRIGGER orders_touch AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION touch();
-- migration
DROP TRIGGER orders_touch ON orders;
CREATE TRIGGER orders_touch AFTER INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
-- case column-privileges-revoked-of-a-column-read: breaks-app
-- history
GRANT SELECT (id, email, full_name, status) ON customers TO shop;
-- release 2.3
SELECT id, full_name FROM customers WHERE id = $1;
-- migration role=shop
REVOKE SELECT (full_name) ON customers FROM shop;
-- case column-privileges-revoked-of-a-column-not-read
-- history
GRANT SELECT (id, email, full_name, status) ON customers TO shop;
-- release 2.3
SELECT id, full_name FROM customers WHERE id = $1;
-- migration role=shop
REVOKE SELECT (status) ON customers FROM shop;
-- case collation-change-used-for-equality-only: blocks-reads blocks-writes long-scan
-- history
CREATE INDEX coupons_lookup ON coupons (code, used);
-- release 2.3
SELECT percent FROM coupons WHERE used = $1;
-- migration
ALTER TABLE coupons ALTER COLUMN code TYPE text COLLATE "C";
-- case view-with-security-invoker-and-a-role-without-the-table: breaks-app
-- history
CREATE VIEW actives AS SELECT id, email FROM customers WHERE status = 'active';
GRANT SELECT ON actives TO shop;
-- release 2.3
SELECT email FROM actives WHERE id = $1;
-- migration pg=15 role=shop
CREATE OR REPLACE VIEW actives WITH (security_invoker = true) AS SELECT id, email FROM customers WHERE status = 'active';
-- case default-privileges-only
-- history
GRANT SELECT ON coupons TO shop;
-- release 2.3
SELECT percent FROM coupons WHERE code = $1;
-- migration role=shop
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM shop;
-- case sequence-made-to-cycle
ALTER SEQUENCE orders_id_seq CYCLE MAXVALUE 9000000000;
-- case sequence-ownership-moved
ALTER SEQUENCE orders_id_seq OWNED BY NONE;
-- case sequence-moved-to-a-column-that-is-dropped: fails
ALTER SEQUENCE orders_id_seq OWNED BY order_items.line;
ALTER TABLE order_items DROP COLUMN line;
-- case do-concurrently-guarded: fails-in-transaction
-- migration unwrapped
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_indexes WHERE indexname = 'orders_placed_at_idx') THEN
    CREATE INDEX CONCURRENTLY orders_placed_at_idx ON orders (placed_at);
  END IF;
END
$$;
-- case early-lock-late-scan: blocks-reads blocks-writes long-scan
ALTER TABLE orders ADD COLUMN channel text;
CREATE TABLE channels (name text PRIMARY KEY);
INSERT INTO channels VALUES ('web'), ('shop');
COMMENT ON TABLE channels IS 'where an order came from';
INSERT INTO channels SELECT DISTINCT note FROM orders WHERE note IS NOT NULL ON CONFLICT DO NOTHING;
-- case exclude-by-btree-gist-on-a-new-table
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE rents (id bigint PRIMARY KEY, item int NOT NULL, during tstzrange NOT NULL, EXCLUDE USING gist (item WITH =, during WITH &&));
-- case nulls-not-distinct-unique-made-concurrently
-- migration pg=15 unwrapped
CREATE UNIQUE INDEX CONCURRENTLY orders_note_key ON orders (customer_id, placed_at, note) NULLS NOT DISTINCT;
-- case merge-in-a-query-loses-its-column: destructive breaks-app
-- release 2.3
MERGE INTO coupons c USING (VALUES ($1::text, $2::int)) v (code, percent) ON c.code = v.code WHEN MATCHED THEN UPDATE SET percent = v.percent WHEN NOT MATCHED THEN INSERT (code, percent) VALUES (v.code, v.percent);
-- migration pg=15
ALTER TABLE coupons DROP COLUMN percent;
-- case identity-restart-below-the-rows: breaks-app
-- history
CREATE TABLE tickets (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);
-- release 2.3
INSERT INTO tickets (body) VALUES ($1) RETURNING id;
-- migration
ALTER TABLE tickets ALTER COLUMN id RESTART;
-- case dropped-function-in-a-check-not-used-by-queries: fails
-- history
CREATE FUNCTION is_code(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT t ~ '^[a-z0-9]+$' $$;
ALTER TABLE coupons ADD CONSTRAINT code_form CHECK (is_code(code));
-- migration
DROP FUNCTION is_code(text);
