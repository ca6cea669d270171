-- before
CREATE FUNCTION coupons_touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.expires_at := now(); RETURN NEW; END';

-- change
CREATE TRIGGER coupons_touch BEFORE INSERT OR UPDATE ON coupons FOR EACH ROW EXECUTE FUNCTION coupons_touch();

-- query
INSERT INTO coupons (code, percent_off) VALUES ('x', 5);
