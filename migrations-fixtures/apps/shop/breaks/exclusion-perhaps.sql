-- change
ALTER TABLE coupons ADD CONSTRAINT one_at_a_time EXCLUDE USING btree (expires_at WITH =);

-- query
UPDATE coupons SET expires_at = $1 WHERE id = 1;
