-- role shop_app
-- before
CREATE ROLE shop_app;
CREATE SCHEMA ledger;
CREATE TABLE ledger.entries (id bigint);
GRANT USAGE ON SCHEMA ledger TO shop_app;
GRANT SELECT ON ledger.entries TO shop_app;

-- change
REVOKE USAGE ON SCHEMA ledger FROM shop_app;

-- query
SELECT id FROM ledger.entries;
