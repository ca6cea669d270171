DROP INDEX orders_open;
CREATE TABLE states (name text PRIMARY KEY);
INSERT INTO states VALUES ('new'), ('paid'), ('sent');
ALTER TABLE orders ALTER COLUMN state DROP DEFAULT;
ALTER TABLE orders ALTER COLUMN state TYPE text USING state::text;
ALTER TABLE orders ALTER COLUMN state SET DEFAULT 'new';
ALTER TABLE orders ADD FOREIGN KEY (state) REFERENCES states (name);
CREATE INDEX orders_open ON orders (state) WHERE state <> 'sent';
DROP TYPE order_state;
