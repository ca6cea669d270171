-- role shop_app
-- before
CREATE ROLE shop_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON coupons, orders TO shop_app;

-- change
ALTER TABLE coupons ENABLE ROW LEVEL SECURITY;

-- query
INSERT INTO coupons (code, percent_off) VALUES ('x', 5);
