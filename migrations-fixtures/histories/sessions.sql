-- Transactions, savepoints, the search path.
BEGIN;
CREATE TABLE kept (id int PRIMARY KEY);
SAVEPOINT s;
CREATE TABLE lost (id int);
ROLLBACK TO s;
CREATE TABLE kept (id int);
SELECT 1;
ROLLBACK TO SAVEPOINT s;
ALTER TABLE kept ADD COLUMN n int;
RELEASE s;
COMMIT;
BEGIN;
DROP TABLE kept;
CREATE TABLE kept (other text);
ROLLBACK;
BEGIN;
CREATE TABLE nowhere.t (id int);
CREATE TABLE t (id int);
COMMIT;
SAVEPOINT outside;
CREATE SCHEMA app;
SET search_path TO app, public;
CREATE TABLE t (id serial PRIMARY KEY, k int REFERENCES kept);
CREATE TABLE public.t (id int PRIMARY KEY);
ALTER TABLE t ADD COLUMN x int;
CREATE TYPE kind AS ENUM ('a');
ALTER TABLE public.t ADD COLUMN k kind;
CREATE VIEW v AS SELECT * FROM t;
CREATE INDEX ON public.t (k);
BEGIN;
SET LOCAL search_path = public;
ALTER TABLE t ADD COLUMN y int;
COMMIT;
ALTER TABLE t ADD COLUMN z int;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE u (id int);
CREATE TABLE app.u (id bigserial, t_id int REFERENCES app.t (id), k app.kind DEFAULT 'a'::app.kind);
RESET search_path;
CREATE TABLE w (id int);
ALTER TABLE app.u SET SCHEMA public;
ALTER TABLE u RENAME TO uu;
SET search_path = app;
DROP TABLE uu;
DROP TABLE public.uu;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION f(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1';
DROP FUNCTION f;
DROP FUNCTION f(text);
DROP FUNCTION f;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (id > 0);
CREATE POLICY p ON t USING (id > 0);
ALTER POLICY p ON t RENAME TO q;
DROP POLICY p ON t;
DROP POLICY IF EXISTS p ON t;
CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;
DROP RULE r ON t;
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION nowhere();
TRUNCATE nowhere;
INSERT INTO nowhere VALUES (1);
BEGIN;
LOCK TABLE nowhere;
ROLLBACK;

-- A condition is looked at once, whatever the statements behind it do; constants are counted one by one.
CREATE TABLE rebuilt (id int PRIMARY KEY);
DO $$ BEGIN
  IF (SELECT to_regclass('rebuilt') IS NOT NULL) THEN
    ALTER TABLE rebuilt RENAME TO rebuilt_old;
    CREATE TABLE rebuilt (line text, id int, PRIMARY KEY (line, id));
    DROP TABLE rebuilt_old;
  END IF;
END $$;
CREATE INDEX first_of_two ON rebuilt (line);
DO $$ BEGIN
  IF (SELECT count(*) = 2 FROM pg_indexes WHERE indexname IN ('first_of_two', 'second_of_two') AND schemaname = 'public') THEN
    EXECUTE 'DROP INDEX first_of_two';
  END IF;
  IF EXISTS (SELECT 1 FROM pg_indexes WHERE indexname = 'first_of_two' AND schemaname = 'public') THEN
    EXECUTE 'ALTER INDEX first_of_two RENAME TO second_of_two';
  END IF;
END $$;
DO $$ BEGIN
  IF NOT EXISTS (SELECT * FROM information_schema.constraint_column_usage WHERE table_schema = 'public' AND table_name = 'rebuilt' AND constraint_name = 'rebuilt_again') THEN
    ALTER TABLE rebuilt ADD CONSTRAINT rebuilt_again UNIQUE (line);
  END IF;
  IF NOT EXISTS (SELECT * FROM information_schema.constraint_column_usage WHERE table_schema = 'public' AND table_name = 'rebuilt' AND constraint_name = 'rebuilt_again') THEN
    DROP TABLE rebuilt;
  END IF;
END $$;
