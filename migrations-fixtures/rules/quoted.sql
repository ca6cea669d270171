CREATE SCHEMA billing;
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');
CREATE TABLE "User" ("id" text NOT NULL, "email" text NOT NULL, "name" text, "role" "Role" NOT NULL DEFAULT 'USER', "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
CREATE UNIQUE INDEX "User_email_key" ON "User" ("email");
CREATE TABLE "Post" ("id" serial NOT NULL, "title" varchar(255) NOT NULL, "content" text, "published" boolean NOT NULL DEFAULT false, "authorId" text NOT NULL, CONSTRAINT "Post_pkey" PRIMARY KEY ("id"));
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE TABLE billing.invoices (id int GENERATED ALWAYS AS IDENTITY, number varchar(20) NOT NULL, cents int NOT NULL, "user" text, meta json, PRIMARY KEY (id));
-- release 7.1
-- name: user_by_email
SELECT "User"."id", "User"."email", "User"."name", "User"."role" FROM "User" WHERE "User"."email" = $1;
-- name: posts_of
SELECT "id", "title", "published" FROM "public"."Post" WHERE "authorId" = $1 ORDER BY "id" DESC LIMIT 20;
-- name: create_post
INSERT INTO "Post" ("title", "content", "authorId") VALUES ($1, $2, $3) RETURNING "id";
-- name: invoice
SELECT id, number, cents FROM billing.invoices WHERE "user" = $1;
-- case prisma-add-optional-relation
-- AlterTable
ALTER TABLE "Post" ADD COLUMN     "editorId" TEXT;

-- AddForeignKey
ALTER TABLE "Post" ADD CONSTRAINT "Post_editorId_fkey" FOREIGN KEY ("editorId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE NOT VALID;
-- case prisma-add-optional-relation-as-generated: blocks-reads blocks-writes long-scan
-- AlterTable
ALTER TABLE "Post" ADD COLUMN     "editorId" TEXT;

-- AddForeignKey
ALTER TABLE "Post" ADD CONSTRAINT "Post_editorId_fkey" FOREIGN KEY ("editorId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;
-- case unquoted-names-of-quoted-tables: fails
ALTER TABLE Post ADD COLUMN subtitle text;
-- case new-table-that-differs-only-in-case
CREATE TABLE post (id bigint PRIMARY KEY, title text);
CREATE INDEX post_title ON post (title);
-- case index-on-the-quoted-one-beside-its-lower-case-namesake: blocks-writes long-scan
CREATE TABLE post (id bigint PRIMARY KEY, title text);
CREATE INDEX post_title ON "Post" (title);
-- case rename-in-quotes-of-what-is-read: breaks-app
ALTER TABLE "Post" RENAME COLUMN "authorId" TO "author_id";
-- case rename-in-quotes-of-what-is-not-read
ALTER TABLE "Post" RENAME COLUMN "content" TO "body";
ALTER TABLE "Post" RENAME COLUMN "body" TO "content";
-- case drop-column-of-a-keyword-name: destructive breaks-app
ALTER TABLE billing.invoices DROP COLUMN "user";
-- case drop-column-if-exists-with-wrong-case
ALTER TABLE "Post" DROP COLUMN IF EXISTS authorid;
-- case schema-moved-with-set-schema-and-a-qualified-reader: breaks-app
ALTER TABLE billing.invoices SET SCHEMA public;
-- case schema-renamed-and-view-left-in-a-new-one
-- migration
ALTER SCHEMA billing RENAME TO finance;
CREATE SCHEMA billing;
CREATE VIEW billing.invoices AS SELECT id, number, cents, "user", meta FROM finance.invoices;
-- case json-to-jsonb-not-read: blocks-reads blocks-writes table-rewrite
ALTER TABLE billing.invoices ALTER meta TYPE jsonb USING meta::jsonb;
-- case varchar-twenty-to-forty-of-what-is-read: breaks-app
ALTER TABLE billing.invoices ALTER COLUMN number SET DATA TYPE character varying(40);
-- case varchar-to-text-with-a-cast-in-using
-- release 7.1
SELECT id FROM "Post" WHERE "title" = $1;
-- migration
ALTER TABLE "Post" ALTER COLUMN "title" TYPE text USING "title"::text;
-- case timestamp-three-to-six-not-read
ALTER TABLE "User" ALTER COLUMN "createdAt" TYPE timestamp(6);
-- case timestamp-three-to-timestamptz-three-not-read: blocks-reads blocks-writes table-rewrite
SET LOCAL TIME ZONE 'Europe/Vienna';
ALTER TABLE "User" ALTER COLUMN "createdAt" TYPE timestamptz(3);
-- case serial-widened-but-not-its-sequence: blocks-reads blocks-writes table-rewrite breaks-app
ALTER TABLE "Post" ALTER COLUMN "id" TYPE BIGINT;
-- case do-block-with-format-and-a-quoted-name: destructive breaks-app
DO $$
DECLARE t text := 'Post';
BEGIN
  EXECUTE format('ALTER TABLE %I DROP COLUMN %I', t, 'published');
END $$;
-- case do-block-with-a-loop-over-an-empty-catalogue-query
DO $$
DECLARE r record;
BEGIN
  FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'archive' LOOP
    EXECUTE 'DROP TABLE archive.' || quote_ident(r.tablename);
  END LOOP;
END $$;
-- case trailing-comment-without-newline-and-begin-work
-- migration unwrapped
BEGIN WORK;
ALTER TABLE ONLY "public"."User"
    ADD COLUMN "locale" character varying(8) DEFAULT 'en'::character varying NOT NULL;
COMMIT WORK; -- done
-- case alter-default-then-backfill-one-key
ALTER TABLE "User" ALTER "name" SET DEFAULT '';
UPDATE "User" SET "name" = '' WHERE "id" = 'root';
-- case enum-value-added-before-another-and-compared
-- release 7.1
SELECT "id" FROM "User" WHERE "role" = 'ADMIN';
-- migration
ALTER TYPE "Role" ADD VALUE IF NOT EXISTS 'MODERATOR' BEFORE 'ADMIN';
-- case constraint-checked-by-a-domain-on-a-new-table
CREATE DOMAIN billing.amount AS int CHECK (VALUE >= 0);
CREATE TABLE billing.refunds (id bigint PRIMARY KEY, cents billing.amount NOT NULL);
-- case domain-narrowed-under-a-live-column: blocks-writes long-scan
-- history
CREATE DOMAIN billing.amount AS int;
CREATE TABLE billing.refunds (id bigint PRIMARY KEY, cents billing.amount NOT NULL);
-- migration
ALTER DOMAIN billing.amount ADD CHECK (VALUE >= 0);
-- case set-search-path-in-front-of-everything: blocks-writes long-scan
SET search_path TO billing, public;
CREATE INDEX invoices_user_idx ON invoices ("user");
-- case set-search-path-that-does-not-hold-it: fails
SET search_path TO billing;
CREATE INDEX post_author_idx ON "Post" ("authorId");
-- case standard-conforming-strings-and-dollars
COMMENT ON COLUMN "User"."role" IS $c$'USER' or 'ADMIN'; see ALTER TABLE "User" DROP COLUMN "role"$c$;
INSERT INTO billing.invoices (number, cents, meta) VALUES ('N-1', 100, '{"sql": "DROP TABLE \"User\";"}');
-- case identity-always-overridden-in-a-migration
INSERT INTO billing.invoices (id, number, cents) OVERRIDING SYSTEM VALUE VALUES (900001, 'N-2', 1);
-- case identity-always-not-overridden-in-a-migration: fails
INSERT INTO billing.invoices (id, number, cents) VALUES (900001, 'N-2', 1);
-- case prisma-enum-recreated: blocks-reads blocks-writes table-rewrite breaks-app
-- AlterEnum
BEGIN;
CREATE TYPE "Role_new" AS ENUM ('USER', 'ADMIN', 'MODERATOR');
ALTER TABLE "User" ALTER COLUMN "role" DROP DEFAULT;
ALTER TABLE "User" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new");
ALTER TYPE "Role" RENAME TO "Role_old";
ALTER TYPE "Role_new" RENAME TO "Role";
DROP TYPE "Role_old";
ALTER TABLE "User" ALTER COLUMN "role" SET DEFAULT 'USER';
COMMIT;
