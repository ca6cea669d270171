-- before
CREATE TABLE rates (code text NOT NULL, rate numeric(8, 4));

-- change
ALTER TABLE rates ALTER COLUMN rate TYPE numeric(6, 2);

-- query
INSERT INTO rates (code, rate) VALUES ('EUR', 1.2345);
