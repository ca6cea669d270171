CREATE TABLE product (id bigint PRIMARY KEY, sku varchar(32) NOT NULL, title text NOT NULL, price_cents int NOT NULL, weight real, attrs jsonb NOT NULL DEFAULT '{}', state text NOT NULL DEFAULT 'draft', updated_at timestamp without time zone DEFAULT now());
CREATE UNIQUE INDEX product_sku ON product (sku);
CREATE TABLE stock (product_id bigint NOT NULL REFERENCES product (id) ON DELETE CASCADE, shop int NOT NULL, qty int NOT NULL DEFAULT 0, CONSTRAINT stock_pk PRIMARY KEY (product_id, shop), CONSTRAINT stock_qty_check CHECK (qty >= 0));
CREATE TABLE price_log (id bigserial PRIMARY KEY, product_id bigint, old_cents int, new_cents int, at timestamptz DEFAULT now());
CREATE VIEW cheap AS SELECT id, sku, price_cents FROM product WHERE price_cents < 1000;
CREATE FUNCTION log_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO price_log (product_id, old_cents, new_cents) VALUES (NEW.id, OLD.price_cents, NEW.price_cents);
  RETURN NEW;
END $$;
CREATE TRIGGER product_price AFTER UPDATE OF price_cents ON product FOR EACH ROW EXECUTE FUNCTION log_price();
-- release 3.0
-- name: by_sku
SELECT id, title, price_cents, attrs FROM product WHERE sku = $1;
-- name: set_price
UPDATE product SET price_cents = $2, updated_at = now() WHERE id = $1;
-- name: take
UPDATE stock SET qty = qty - 1 WHERE product_id = $1 AND shop = 1;
-- name: put
INSERT INTO stock (product_id, shop, qty) VALUES ($1, 1, $2) ON CONFLICT (product_id, shop) DO UPDATE SET qty = stock.qty + EXCLUDED.qty;
-- name: cheap
SELECT id, sku FROM cheap ORDER BY price_cents;
-- case column-of-a-trigger-function-dropped: destructive breaks-app
ALTER TABLE price_log DROP COLUMN old_cents;
-- case column-of-a-trigger-function-renamed-and-function-replaced
ALTER TABLE price_log RENAME COLUMN old_cents TO was_cents;
CREATE OR REPLACE FUNCTION log_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO price_log (product_id, was_cents, new_cents) VALUES (NEW.id, OLD.price_cents, NEW.price_cents);
  RETURN NEW;
END $$;
-- case table-of-a-trigger-function-dropped: destructive breaks-app
DROP TABLE price_log;
-- case table-of-a-trigger-function-dropped-with-its-trigger: destructive blocks-reads blocks-writes
DROP TRIGGER product_price ON product;
DROP FUNCTION log_price();
DROP TABLE price_log;
-- case trigger-disabled
ALTER TABLE product DISABLE TRIGGER product_price;
-- case check-loosened-in-one-statement: blocks-reads blocks-writes long-scan
ALTER TABLE stock DROP CONSTRAINT stock_qty_check, ADD CONSTRAINT stock_qty_check CHECK (qty >= -10);
-- case check-loosened-without-validation
ALTER TABLE stock DROP CONSTRAINT stock_qty_check, ADD CONSTRAINT stock_qty_check CHECK (qty >= -10) NOT VALID;
-- case column-replaced-by-a-generated-one: destructive breaks-app blocks-reads blocks-writes table-rewrite
ALTER TABLE product DROP COLUMN updated_at, ADD COLUMN updated_at timestamp GENERATED ALWAYS AS ('2020-01-01'::timestamp) STORED;
-- case real-to-double: blocks-reads blocks-writes table-rewrite
ALTER TABLE product ALTER COLUMN weight TYPE double precision;
-- case int-price-to-numeric-behind-a-view: fails
ALTER TABLE product ALTER COLUMN price_cents TYPE numeric(12,2);
-- case int-price-to-bigint-with-the-view-rebuilt: fails
DROP VIEW cheap;
ALTER TABLE product ALTER COLUMN price_cents TYPE bigint;
CREATE VIEW cheap AS SELECT id, sku, price_cents FROM product WHERE price_cents < 1000;
-- case int-price-to-bigint-with-view-and-trigger-rebuilt: breaks-app blocks-reads blocks-writes table-rewrite
DROP VIEW cheap;
DROP TRIGGER product_price ON product;
ALTER TABLE product ALTER COLUMN price_cents TYPE bigint;
CREATE TRIGGER product_price AFTER UPDATE OF price_cents ON product FOR EACH ROW EXECUTE FUNCTION log_price();
CREATE VIEW cheap AS SELECT id, sku, price_cents FROM product WHERE price_cents < 1000;
-- case sku-to-a-domain-behind-a-view: fails
CREATE DOMAIN sku_t AS varchar(32) CHECK (VALUE ~ '^[a-z0-9]+$');
ALTER TABLE product ALTER COLUMN sku TYPE sku_t;
-- case two-step-not-null-in-two-transactions
-- migration unwrapped
BEGIN;
ALTER TABLE product ADD CONSTRAINT weight_nn CHECK (weight IS NOT NULL) NOT VALID;
COMMIT;
ALTER TABLE product VALIDATE CONSTRAINT weight_nn;
BEGIN;
ALTER TABLE product ALTER COLUMN weight SET NOT NULL;
ALTER TABLE product DROP CONSTRAINT weight_nn;
COMMIT;
-- case two-step-not-null-in-one-transaction: blocks-reads blocks-writes long-scan
ALTER TABLE product ADD CONSTRAINT weight_nn CHECK (weight IS NOT NULL) NOT VALID;
ALTER TABLE product VALIDATE CONSTRAINT weight_nn;
ALTER TABLE product ALTER COLUMN weight SET NOT NULL;
ALTER TABLE product DROP CONSTRAINT weight_nn;
-- case new-table-with-foreign-keys-to-two-old-ones: blocks-writes
CREATE TABLE reservation (id bigint PRIMARY KEY, product_id bigint REFERENCES product (id), log_id bigint REFERENCES price_log (id));
-- case new-table-with-one-foreign-key-and-an-index
CREATE TABLE reservation (id bigint PRIMARY KEY, product_id bigint REFERENCES product (id));
CREATE INDEX ON reservation (product_id);
-- case lookup-table-filled-from-constants-and-linked
CREATE TABLE states (name text PRIMARY KEY);
INSERT INTO states VALUES ('draft'), ('live'), ('gone');
ALTER TABLE product ADD CONSTRAINT product_state_fk FOREIGN KEY (state) REFERENCES states (name) NOT VALID;
-- case comment-inside-a-statement-and-tabs
ALTER	TABLE/* the catalogue */product -- DROP COLUMN title
	ADD	COLUMN	/* not "title" */	subtitle	text;
-- case commit-in-the-middle-of-a-wrapped-file
ALTER TABLE product ADD COLUMN subtitle text;
COMMIT;
CREATE INDEX CONCURRENTLY product_state ON product (state);
-- case commit-in-the-middle-then-begin-and-concurrently: fails-in-transaction
ALTER TABLE product ADD COLUMN subtitle text;
COMMIT;
BEGIN;
DROP INDEX CONCURRENTLY product_sku;
-- case unique-index-dropped-and-made-again-in-one: blocks-reads blocks-writes long-scan
DROP INDEX product_sku;
CREATE UNIQUE INDEX product_sku ON product (lower(sku));
-- case materialized-copy-of-a-live-table
CREATE TABLE product_backup AS SELECT * FROM product;
-- case materialized-copy-of-a-live-table-behind-its-lock: blocks-reads blocks-writes long-scan
ALTER TABLE product ADD COLUMN subtitle text;
CREATE TABLE product_backup AS TABLE product;
-- case text-search-column-by-trigger
ALTER TABLE product ADD COLUMN search tsvector;
CREATE FUNCTION product_search() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.search := to_tsvector('simple', NEW.title); RETURN NEW; END $$;
CREATE TRIGGER product_search BEFORE INSERT OR UPDATE OF title ON product FOR EACH ROW EXECUTE FUNCTION product_search();
-- case text-search-column-generated: blocks-reads blocks-writes table-rewrite
ALTER TABLE product ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED;
-- case gin-index-on-the-new-search-column-in-the-same-file: blocks-reads blocks-writes long-scan
ALTER TABLE product ADD COLUMN search tsvector;
CREATE INDEX product_search_idx ON product USING gin (search);
-- case delete-of-orphans-before-a-foreign-key: blocks-writes long-scan
DELETE FROM price_log WHERE NOT EXISTS (SELECT FROM product p WHERE p.id = price_log.product_id);
ALTER TABLE price_log ADD CONSTRAINT price_log_product FOREIGN KEY (product_id) REFERENCES product (id);
-- case view-of-cheap-things-drops-its-order-column: fails
CREATE OR REPLACE VIEW cheap AS SELECT id, sku FROM product WHERE price_cents < 1000;
-- case view-of-cheap-things-with-fewer-rows: breaks-app
CREATE OR REPLACE VIEW cheap AS SELECT id, sku, price_cents FROM product WHERE price_cents < 100;
-- case swap-tables-by-rename: breaks-app
CREATE TABLE product_new (LIKE product INCLUDING ALL);
ALTER TABLE product RENAME TO product_old;
ALTER TABLE product_new RENAME TO product;
