CREATE TABLE acct (id bigint PRIMARY KEY, n int, name text, twice int GENERATED ALWAYS AS (n * 2) STORED);
CREATE TABLE part (id bigint, n int, name text);
CREATE VIEW names AS SELECT id, name FROM acct;
CREATE VIEW sums AS SELECT name, count(*) AS n FROM acct GROUP BY name;
CREATE SEQUENCE ticket;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE PROCEDURE tidy(n int) LANGUAGE sql AS 'SELECT 1';
-- case trigger-instead-without-rows: fails
CREATE TRIGGER t INSTEAD OF INSERT ON sums EXECUTE FUNCTION stamp();
-- case trigger-instead-with-a-condition: fails
CREATE TRIGGER t INSTEAD OF INSERT ON sums FOR EACH ROW WHEN (NEW.n > 1) EXECUTE FUNCTION stamp();
-- case trigger-instead:
CREATE TRIGGER t INSTEAD OF INSERT ON sums FOR EACH ROW EXECUTE FUNCTION stamp();
-- case trigger-when-old-of-insert: fails
CREATE TRIGGER t AFTER INSERT ON acct FOR EACH ROW WHEN (OLD.n > 1) EXECUTE FUNCTION stamp();
-- case trigger-when-new-of-delete: fails
CREATE TRIGGER t AFTER DELETE ON acct FOR EACH ROW WHEN (NEW.n > 1) EXECUTE FUNCTION stamp();
-- case trigger-when-of-statement: fails
CREATE TRIGGER t AFTER UPDATE ON acct FOR EACH STATEMENT WHEN (NEW.n > 1) EXECUTE FUNCTION stamp();
-- case trigger-when-of-no-column: fails
CREATE TRIGGER t AFTER UPDATE ON acct FOR EACH ROW WHEN (NEW.nope > 1) EXECUTE FUNCTION stamp();
-- case trigger-when-generated-before: fails
CREATE TRIGGER t BEFORE UPDATE ON acct FOR EACH ROW WHEN (NEW.twice > 1) EXECUTE FUNCTION stamp();
-- case trigger-when-generated-after:
CREATE TRIGGER t AFTER UPDATE ON acct FOR EACH ROW WHEN (NEW.twice > OLD.twice) EXECUTE FUNCTION stamp();
-- case trigger-when-old-generated-before:
CREATE TRIGGER t BEFORE UPDATE ON acct FOR EACH ROW WHEN (OLD.twice > 1) EXECUTE FUNCTION stamp();
-- case trigger-when-a-subquery: fails
CREATE TRIGGER t AFTER UPDATE ON acct FOR EACH ROW WHEN (NEW.n > (SELECT 1)) EXECUTE FUNCTION stamp();
-- case trigger-transition-before: fails
CREATE TRIGGER t BEFORE INSERT ON acct REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION stamp();
-- case trigger-transition-of-two: fails
CREATE TRIGGER t AFTER INSERT OR UPDATE ON acct REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION stamp();
-- case trigger-transition-of-columns: fails
CREATE TRIGGER t AFTER UPDATE OF n ON acct REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION stamp();
-- case trigger-transition:
CREATE TRIGGER t AFTER UPDATE ON acct REFERENCING OLD TABLE AS was NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION stamp();
-- case trigger-constraint-before: fails
CREATE CONSTRAINT TRIGGER t BEFORE INSERT ON acct FOR EACH ROW EXECUTE FUNCTION stamp();
-- case trigger-constraint-statement: fails
CREATE CONSTRAINT TRIGGER t AFTER INSERT ON acct FOR EACH STATEMENT EXECUTE FUNCTION stamp();
-- case grant-usage-on-table: fails
GRANT USAGE ON acct TO PUBLIC;
-- case grant-usage-on-sequence:
GRANT USAGE ON ticket TO PUBLIC;
-- case grant-usage-on-view: fails
GRANT USAGE ON names TO PUBLIC;
-- case grant-select-on-function: fails
GRANT SELECT ON FUNCTION stamp() TO PUBLIC;
-- case grant-execute-on-function:
GRANT EXECUTE ON FUNCTION stamp() TO PUBLIC;
-- case grant-insert-on-sequence: fails
GRANT INSERT ON SEQUENCE ticket TO PUBLIC;
-- case grant-select-on-schema: fails
GRANT SELECT ON SCHEMA public TO PUBLIC;
-- case grant-create-on-schema:
GRANT USAGE, CREATE ON SCHEMA public TO PUBLIC;
-- case grant-all:
GRANT ALL PRIVILEGES ON acct, ticket TO PUBLIC;
-- case grant-usage-on-all-tables:
GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;
-- case default-execute-on-tables: fails
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON TABLES TO PUBLIC;
-- case default-usage-on-tables: fails
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON TABLES TO PUBLIC;
-- case default-select-on-tables:
ALTER DEFAULT PRIVILEGES FOR ROLE current_user IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;
-- case grant-option-to-public: fails
GRANT SELECT ON acct TO PUBLIC WITH GRANT OPTION;
-- case copy-to-view: fails
COPY sums FROM '/dev/null';
-- case copy-from-view: fails
COPY names TO '/dev/null';
-- case copy-no-column: fails
COPY acct (nope) FROM '/dev/null';
-- case copy-query-of-no-column: fails
COPY (SELECT nope FROM acct) TO '/dev/null';
-- case copy:
COPY part (id, n) FROM '/dev/null';
-- case prepare-no-column: fails
PREPARE q AS SELECT nope FROM acct;
-- case prepare:
PREPARE q AS SELECT name FROM acct WHERE id = $1;
-- case call-nothing: fails
CALL nope();
-- case call:
CALL tidy(1);
-- case setting-of-17: fails
-- migration pg=16
SET transaction_timeout = '5s';
-- case setting-of-17-there:
-- migration pg=17
SET transaction_timeout = '5s';
-- case setting-without-quotes: fails
SET LOCAL statement_timeout = 5s;
-- case setting-in-quotes:
SET LOCAL statement_timeout = '5s';
-- case conflict-without-target: fails
INSERT INTO acct (id) VALUES (1) ON CONFLICT DO UPDATE SET n = 1;
-- case conflict-nothing:
INSERT INTO acct (id) VALUES (1) ON CONFLICT DO NOTHING;
-- case unique-twice: fails
ALTER TABLE part ADD UNIQUE (n, n);
-- case set-null-of-no-key: fails
-- migration pg=15
ALTER TABLE part ADD FOREIGN KEY (id) REFERENCES acct ON DELETE SET NULL (n) NOT VALID;
-- case set-null-of-a-key:
-- migration pg=15
ALTER TABLE part ADD FOREIGN KEY (id) REFERENCES acct ON DELETE SET NULL (id) NOT VALID;
-- case pseudo-type: fails
ALTER TABLE part ADD COLUMN r record;
-- case include-in-an-order: fails
CREATE INDEX acct_n ON acct (n) INCLUDE (name DESC);
-- case drop-column-alone: fails
DROP COLUMN acct.n;
-- case alter-domain-type: fails
CREATE DOMAIN d AS int; ALTER DOMAIN d TYPE bigint;
-- case float-too-wide: fails
ALTER TABLE part ADD COLUMN f float(60);
-- case float:
ALTER TABLE part ADD COLUMN f float(53);
-- case policy-named:
CREATE POLICY own ON part TO current_user USING (id > 0);
-- case policy-for-another-command: fails
-- history
CREATE POLICY own ON part USING (id > 0);
-- migration
ALTER POLICY own ON part FOR SELECT;
-- case policy-of-others:
-- history
CREATE POLICY own ON part USING (id > 0);
-- migration
ALTER POLICY own ON part TO PUBLIC USING (name <> 'for');
