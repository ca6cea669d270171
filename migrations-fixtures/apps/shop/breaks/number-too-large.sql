-- before
CREATE TABLE rates (code text NOT NULL, rate numeric(8, 2));

-- change
ALTER TABLE rates ALTER COLUMN rate TYPE numeric(4, 2);

-- query
INSERT INTO rates (code, rate) VALUES ('JPY', 162.4);
