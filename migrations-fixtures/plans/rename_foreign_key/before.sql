CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE orders (
    id serial PRIMARY KEY,
    user_id int NOT NULL REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE,
    referrer int REFERENCES users ON DELETE SET NULL
);
CREATE INDEX orders_user ON orders (user_id, id DESC) INCLUDE (referrer);
CREATE INDEX orders_referrer ON orders (referrer);
INSERT INTO users SELECT generate_series(0, 399);
INSERT INTO orders (user_id, referrer) SELECT i % 400, nullif(i % 7, 0) FROM generate_series(1, 2000) i;
