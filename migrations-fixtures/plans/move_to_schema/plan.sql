-- == old_users_expand ==
-- concertina: phase expand

-- public.Old Users becomes archive.Old Users; the view under the old name reads and writes it for
-- releases that say public.Old Users.
ALTER TABLE "Old Users" SET SCHEMA archive;
CREATE VIEW public."Old Users" WITH (security_invoker = true) AS SELECT "Id", name, "No" FROM archive."Old Users";
ALTER VIEW public."Old Users" ALTER COLUMN "No" SET DEFAULT nextval('archive."Old Users_No_seq"');

-- == old_users_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance says public.Old Users any more.
DROP VIEW public."Old Users";

-- N: says public.Old Users, which is a view of archive.Old Users
-- N+1: says archive.Old Users: the contract phase drops the view when no instance below N+1 is alive
-- note: what a view cannot do, release N cannot do on public.Old Users meanwhile: COPY .. FROM, TRUNCATE, LOCK, ON CONFLICT ON CONSTRAINT, SET .. = DEFAULT of an identity or generated column, a new foreign key to it
-- note: the view public.Old Users has the privileges on archive.Old Users that migrations have granted: GRANT in the same file what the roles of release N have from elsewhere
