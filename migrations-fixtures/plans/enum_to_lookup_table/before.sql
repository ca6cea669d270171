CREATE TYPE state AS ENUM ('new', 'paid', 'sent');
CREATE TABLE orders (id int PRIMARY KEY, state state NOT NULL DEFAULT 'new', note text);
CREATE INDEX orders_state ON orders (state);
CREATE INDEX orders_open ON orders (id) WHERE state <> 'sent';
INSERT INTO orders SELECT i, (ARRAY['new', 'paid', 'sent']::state[])[1 + i % 3] FROM generate_series(1, 2000) i;
