-- before
CREATE FUNCTION coupons_touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.expires_at := now(); RETURN NEW; END';
CREATE TRIGGER coupons_touch BEFORE INSERT ON coupons FOR EACH ROW EXECUTE FUNCTION coupons_touch();

-- change
ALTER TABLE coupons DROP COLUMN expires_at;

-- query
INSERT INTO coupons (code, percent_off) VALUES ('x', 5);
