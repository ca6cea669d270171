CREATE TYPE order_state AS ENUM ('new', 'paid', 'sent');
CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(80) NOT NULL, country text DEFAULT 'fr');
CREATE TABLE orders (
    id serial PRIMARY KEY,
    customer_id int NOT NULL REFERENCES customers,
    state order_state NOT NULL DEFAULT 'new',
    total int CHECK (total >= 0),
    note text
);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_open ON orders (state) WHERE state <> 'sent';
CREATE VIEW open_orders AS SELECT id, customer_id FROM orders WHERE state <> 'sent';
INSERT INTO customers (name) SELECT 'c' || i FROM generate_series(1, 30) i;
INSERT INTO orders (customer_id, total) SELECT 1 + i % 30, i FROM generate_series(1, 300) i;
