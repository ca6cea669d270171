CREATE TABLE items (sku text PRIMARY KEY, name text NOT NULL);
CREATE TABLE prices (sku text PRIMARY KEY REFERENCES items ON DELETE CASCADE ON UPDATE CASCADE, cents bigint NOT NULL, currency char(3) NOT NULL DEFAULT 'EUR');
INSERT INTO items SELECT 'k' || i, 'n' FROM generate_series(1, 1000) i;
INSERT INTO prices SELECT 'k' || i, i, 'USD' FROM generate_series(1, 1000) i;
