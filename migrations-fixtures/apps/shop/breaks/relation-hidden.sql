-- before
CREATE SCHEMA nearer;
SET search_path TO nearer, public;

-- change
CREATE TABLE nearer.coupons (code text);

-- query
SELECT code FROM coupons;
