CREATE TABLE order_extras (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id int NOT NULL UNIQUE REFERENCES orders ON DELETE CASCADE ON UPDATE CASCADE, coupon text, gift text);
INSERT INTO order_extras (order_id, coupon, gift) SELECT id, coupon, gift FROM orders WHERE coupon IS NOT NULL OR gift IS NOT NULL;
CREATE INDEX ON order_extras (coupon);
ALTER TABLE orders DROP COLUMN coupon, DROP COLUMN gift;
