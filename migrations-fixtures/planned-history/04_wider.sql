ALTER TABLE orders ALTER COLUMN id TYPE bigint, ALTER COLUMN total TYPE numeric(12, 2);
ALTER TABLE customers ALTER COLUMN full_name TYPE text;
