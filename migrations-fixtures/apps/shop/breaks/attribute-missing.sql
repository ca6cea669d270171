-- before
CREATE TYPE span AS (first date, last date);
CREATE TABLE trips (id bigint, during span);

-- change
ALTER TYPE span RENAME ATTRIBUTE first TO begins;

-- query
SELECT (during).first FROM trips;
