CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, age int);
COMMENT ON COLUMN users.name IS 'as they''d write it';
COMMENT ON COLUMN users.age IS 'in years';
ALTER TABLE users ALTER COLUMN name SET STATISTICS 500, ALTER COLUMN name SET STORAGE EXTERNAL, ALTER COLUMN name SET (n_distinct = -1);
ALTER TABLE users ALTER COLUMN age SET STATISTICS 20;
GRANT SELECT (id, name, age), UPDATE (name) ON users TO pg_monitor;
GRANT UPDATE (age) ON users TO pg_monitor WITH GRANT OPTION;
GRANT SELECT (name) ON users TO PUBLIC;
INSERT INTO users SELECT i, 'n' || i, i % 90 FROM generate_series(1, 400) i;
