-- == users_expand ==
-- concertina: phase expand

-- public.users becomes public.people; the view under the old name reads and writes it for releases
-- that say public.users.
ALTER TABLE users RENAME TO people;
CREATE VIEW public.users WITH (security_invoker = true) AS SELECT id, name, lower_name FROM public.people;
ALTER VIEW public.users ALTER COLUMN id SET DEFAULT nextval('users_id_seq'::regclass);
ALTER VIEW public.users ALTER COLUMN name SET DEFAULT 'n';
GRANT INSERT, SELECT, UPDATE ON public.users TO pg_monitor;
GRANT SELECT (id) ON public.users TO PUBLIC;

-- == users_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance says public.users any more.
DROP VIEW public.users;

-- N: says public.users, which is a view of public.people
-- N+1: says public.people: the contract phase drops the view when no instance below N+1 is alive
-- note: what a view cannot do, release N cannot do on public.users meanwhile: COPY .. FROM, TRUNCATE, LOCK, ON CONFLICT ON CONSTRAINT, SET .. = DEFAULT of an identity or generated column, a new foreign key to it
-- note: the view public.users has the privileges on public.people that migrations have granted: GRANT in the same file what the roles of release N have from elsewhere
