-- change
ALTER TABLE coupons ADD COLUMN owner text;

-- query
INSERT INTO coupons (code, percent_off) VALUES ('x', 5) RETURNING *;
