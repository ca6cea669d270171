CREATE TABLE "order" (id bigint PRIMARY KEY, "end" int, "user" text);
CREATE TABLE item (id bigint PRIMARY KEY, n int, name text);
CREATE SCHEMA shop;
CREATE TABLE shop."order" (id bigint PRIMARY KEY);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
-- case alter-table: fails
ALTER TABLE order ADD COLUMN x int;
-- case alter-table-in-quotes:
ALTER TABLE "order" ADD COLUMN x int;
-- case alter-table-behind-its-schema:
ALTER TABLE shop.order ADD COLUMN x int;
-- case alter-column: fails
ALTER TABLE "order" ALTER COLUMN end SET DEFAULT 1;
-- case rename-column: fails
ALTER TABLE item RENAME COLUMN n TO limit;
-- case rename-table: fails
ALTER TABLE item RENAME TO user;
-- case update: fails
UPDATE order SET "end" = 1 WHERE id = 1;
-- case update-behind-its-schema:
UPDATE shop.order SET id = id WHERE id = 1;
-- case insert: fails
INSERT INTO order (id) VALUES (1);
-- case insert-column: fails
INSERT INTO "order" (id, end) VALUES (1, 2);
-- case update-column: fails
UPDATE "order" SET end = 1 WHERE id = 1;
-- case table-alias: fails
INSERT INTO item (id) SELECT user.id FROM "order" AS user WHERE user.id = 5;
-- case output-alias:
INSERT INTO item (id) SELECT o.id AS order FROM "order" AS o WHERE false;
-- case drop-table: fails
DROP TABLE order;
-- case index-on: fails
CREATE INDEX order_end ON order ("end");
-- case index-name: fails
CREATE INDEX order ON item (n);
-- case index-column: fails
CREATE INDEX order_end ON "order" (end);
-- case index-of-a-call: blocks-writes long-scan
CREATE INDEX item_left ON item (left(name, 3));
-- case truncate: fails
TRUNCATE order;
-- case view: fails
CREATE VIEW user AS SELECT id FROM item;
-- case view-of-the-user:
CREATE VIEW who AS SELECT * FROM user;
-- case comment: fails
COMMENT ON TABLE order IS 'x';
-- case comment-on-a-column:
COMMENT ON COLUMN shop.order.id IS 'x';
-- case constraint-name: fails
ALTER TABLE item ADD CONSTRAINT check CHECK (n > 0) NOT VALID;
-- case trigger-name: fails
CREATE TRIGGER end BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION stamp();
-- case trigger-without-parentheses: fails
CREATE TRIGGER stamped BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION stamp;
-- case grant: fails
GRANT SELECT ON order TO PUBLIC;
-- case grant-to-user: fails
GRANT SELECT ON item TO user;
-- case grant-to-current-user:
GRANT SELECT ON item TO current_user;
-- case sequence: fails
CREATE SEQUENCE order;
-- case type: fails
CREATE TYPE order AS ENUM ('a');
-- case type-left: fails
CREATE TYPE left AS ENUM ('a');
-- case type-left-behind-its-schema:
CREATE TYPE shop.left AS ENUM ('a'); ALTER TABLE item ADD COLUMN l shop.left;
-- case domain-values:
CREATE DOMAIN values AS int;
-- case lock: fails
BEGIN; LOCK TABLE order; COMMIT;
-- case function: fails
CREATE FUNCTION order() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- case function-left:
CREATE FUNCTION shop.left(left int) RETURNS TABLE (right int) LANGUAGE sql AS 'SELECT 1';
-- case parameter: fails
CREATE FUNCTION f(end int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- case parameter-of-a-grammar-of-its-own: fails
CREATE FUNCTION f(position int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- case output-parameter: fails
CREATE FUNCTION f() RETURNS TABLE (values int) LANGUAGE sql AS 'SELECT 1';
-- case schema: fails
CREATE SCHEMA user;
-- case policy: fails
CREATE POLICY all ON item USING (true);
-- case publication: fails
CREATE PUBLICATION all FOR TABLE item;
-- case owner: fails
ALTER TABLE item OWNER TO user;
-- case owner-session-user:
ALTER TABLE item OWNER TO session_user;
-- case extension: fails
CREATE EXTENSION user;
-- case settings:
SET LOCAL work_mem TO default; RESET ALL;
