-- role shop_app
-- before
CREATE ROLE shop_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON coupons, orders TO shop_app;

-- change
REVOKE SELECT ON coupons FROM shop_app;

-- query
SELECT code FROM coupons;
