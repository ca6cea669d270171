CREATE TABLE author (id bigserial PRIMARY KEY, name text NOT NULL, email text, born date, rating numeric(6,1), prefs jsonb DEFAULT '{}', active boolean NOT NULL DEFAULT true);
CREATE UNIQUE INDEX author_email ON author (email);
CREATE TABLE book (id bigserial PRIMARY KEY, author_id bigint NOT NULL, title varchar(200) NOT NULL, isbn char(13), pages int CHECK (pages > 0), lang text DEFAULT 'en', price money, published timestamptz);
CREATE INDEX book_author ON book (author_id);
CREATE TABLE loan (book_id bigint NOT NULL REFERENCES book (id), reader text NOT NULL, taken date NOT NULL DEFAULT CURRENT_DATE, back date);
CREATE VIEW shelf AS SELECT b.id, b.title, a.name AS author FROM book b JOIN author a ON a.id = b.author_id;
CREATE VIEW en_shelf AS SELECT id, title FROM shelf WHERE id > 0;
CREATE FUNCTION book_count(a bigint) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM book WHERE author_id = a $$;
CREATE FUNCTION rename_author(a bigint, n text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE author SET name = n WHERE id = a; IF NOT FOUND THEN RAISE EXCEPTION 'no author %', a; END IF; END $$;
-- release 1.4
-- name: shelf
SELECT id, title, author FROM shelf WHERE author = $1;
-- name: count
SELECT book_count($1);
-- name: rename
SELECT rename_author($1, $2);
-- name: add_book
INSERT INTO book (author_id, title, pages) VALUES ($1, $2, 100) RETURNING id;
-- name: loans
SELECT b.title, l.reader FROM loan l JOIN book b ON b.id = l.book_id WHERE l.back IS NULL;
-- case index-in-a-do-loop-over-names: blocks-writes long-scan
DO $$
DECLARE c text;
BEGIN
  FOREACH c IN ARRAY ARRAY['born', 'rating'] LOOP
    EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON author (%I)', 'author_' || c, c);
  END LOOP;
END $$;
-- case do-with-a-cursor-that-touches-one-row
DO $$
DECLARE r record; n int := 0;
BEGIN
  FOR r IN SELECT id FROM author WHERE id BETWEEN 5 AND 6 LOOP
    UPDATE author SET rating = 5.0 WHERE id = r.id;
    n := n + 1;
  END LOOP;
  RAISE NOTICE 'touched %', n;
END $$;
-- case do-with-get-diagnostics-and-array-assignment
DO $$
DECLARE
  seen bigint[] := '{}';
  n int;
  r author%ROWTYPE;
BEGIN
  SELECT * INTO r FROM author WHERE id = 5;
  seen[1] := r.id;
  UPDATE author SET active = true WHERE id = seen[1];
  GET DIAGNOSTICS n = ROW_COUNT;
  IF n <> 1 THEN
    RAISE WARNING 'none';
  END IF;
END $$;
-- case do-with-continue-exit-and-labels
DO $$
<<outer>>
DECLARE i int := 0;
BEGIN
  <<rounds>>
  LOOP
    i := i + 1;
    CONTINUE WHEN i = 2;
    EXIT WHEN i > 3;
  END LOOP rounds;
EXCEPTION WHEN others THEN
  RAISE;
END outer $$;
-- case do-with-a-missing-function: fails
DO $$ BEGIN PERFORM no_such_function(1); END $$;
-- case do-with-a-missing-column-in-a-condition: fails
DO $$ BEGIN IF (SELECT count(*) FROM author WHERE nickname = 'x') > 0 THEN RAISE NOTICE 'x'; END IF; END $$;
-- case do-with-a-missing-column-handled
DO $$ BEGIN UPDATE author SET nickname = 'x' WHERE id = 5; EXCEPTION WHEN undefined_column THEN NULL; END $$;
-- case do-with-a-missing-column-behind-false
DO $$ BEGIN IF false THEN UPDATE author SET nickname = 'x' WHERE id = 5; END IF; END $$;
-- case do-adds-a-column-and-uses-it
DO $$ BEGIN ALTER TABLE author ADD COLUMN nickname text; UPDATE author SET nickname = 'x' WHERE id = 5; END $$;
-- case do-block-mentions-concurrently-in-a-message
DO $$ BEGIN RAISE NOTICE 'next: CREATE INDEX CONCURRENTLY by hand'; END $$;
-- case function-in-plpgsql-loses-its-column: destructive breaks-app
DROP VIEW en_shelf, shelf;
ALTER TABLE author DROP COLUMN name;
-- case function-in-sql-loses-its-table: destructive breaks-app
-- release 1.4
SELECT book_count($1);
-- migration
DROP TABLE book CASCADE;
-- case function-replaced-with-an-equal-one
CREATE OR REPLACE FUNCTION book_count(a bigint) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT count(*) FROM book b WHERE b.author_id = a $$;
-- case function-overload-beside-a-cast-argument
-- release 1.4
SELECT book_count($1::bigint);
-- migration
CREATE FUNCTION book_count(a text) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM book JOIN author ON author.id = author_id WHERE name = a $$;
-- case function-return-type-changed-by-drop-and-create: breaks-app
DROP FUNCTION book_count(bigint);
CREATE FUNCTION book_count(a bigint) RETURNS int LANGUAGE sql STABLE AS $$ SELECT count(*)::int FROM book WHERE author_id = a $$;
-- case view-of-a-view-dropped-with-cascade: breaks-app
DROP VIEW shelf CASCADE;
-- case view-of-a-view-below-rebuilt
DROP VIEW shelf CASCADE;
CREATE VIEW shelf AS SELECT b.id, b.title, a.name AS author, b.lang FROM book b JOIN author a ON a.id = b.author_id;
-- case view-column-order-changed-by-drop-and-create
DROP VIEW en_shelf;
DROP VIEW shelf;
CREATE VIEW shelf AS SELECT a.name AS author, b.id, b.title FROM book b JOIN author a ON a.id = b.author_id;
-- case money-to-numeric-not-read: blocks-reads blocks-writes table-rewrite
ALTER TABLE book ALTER COLUMN price TYPE numeric(12,2);
-- case char-to-varchar-same-length: blocks-reads blocks-writes table-rewrite
ALTER TABLE book ALTER COLUMN isbn TYPE varchar(13);
-- case rating-more-digits
ALTER TABLE author ALTER COLUMN rating TYPE numeric(8,1);
-- case pages-check-dropped-and-loosened-unvalidated
ALTER TABLE book DROP CONSTRAINT book_pages_check;
ALTER TABLE book ADD CONSTRAINT book_pages_check CHECK (pages >= 0) NOT VALID;
-- case pages-check-tightened-against-the-constant: breaks-app
ALTER TABLE book ADD CONSTRAINT book_pages_more CHECK (pages > 100) NOT VALID;
-- case pages-check-tightened-and-met
ALTER TABLE book ADD CONSTRAINT book_pages_more CHECK (pages BETWEEN 1 AND 5000) NOT VALID;
-- case partial-index-on-a-boolean: blocks-writes long-scan
CREATE INDEX author_active ON author (name) WHERE active;
-- case two-indexes-two-tables: blocks-writes long-scan
CREATE INDEX book_lang ON book (lang);
CREATE INDEX loan_reader ON loan (reader);
-- case drop-two-unused-indexes
DROP INDEX book_author, author_email;
-- case loan-gets-a-key-concurrently
-- migration unwrapped
CREATE UNIQUE INDEX CONCURRENTLY loan_key ON loan (book_id, reader, taken);
ALTER TABLE loan ADD CONSTRAINT loan_pkey PRIMARY KEY USING INDEX loan_key;
-- case loan-gets-an-id-without-a-rewrite
ALTER TABLE loan ADD COLUMN id bigint;
CREATE SEQUENCE loan_id_seq OWNED BY loan.id;
ALTER TABLE loan ALTER COLUMN id SET DEFAULT nextval('loan_id_seq');
