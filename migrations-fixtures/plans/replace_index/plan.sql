-- == users_name_index ==
-- concertina: phase expand
-- concertina: no-transaction

-- Builds the new users_name beside the old one while writes go on. A build that fails leaves an
-- invalid index behind: drop that and build again.
CREATE INDEX CONCURRENTLY concertina_users_users_name_new ON public.users (lower(name), id DESC);

-- == users_email_index ==
-- concertina: phase expand
-- concertina: no-transaction

-- Builds the new Users_Email beside the old one while writes go on. A build that fails leaves an
-- invalid index behind: drop that and build again.
-- concertina: allow mixed-phases because "the old Users_Email allowed nothing that it refuses"
CREATE UNIQUE INDEX CONCURRENTLY "concertina_users_Users_Email_new" ON public.users (email, name);

-- == users_name_index_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- The new users_name is there: drops the old one while reads and writes go on.
DROP INDEX CONCURRENTLY public.users_name;

-- == users_email_index_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- The new Users_Email is there: drops the old one while reads and writes go on.
DROP INDEX CONCURRENTLY public."Users_Email";

-- == users_name_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The new index takes the name users_name.
ALTER INDEX public.concertina_users_users_name_new RENAME TO users_name;

-- The new index takes the name Users_Email.
ALTER INDEX public."concertina_users_Users_Email_new" RENAME TO "Users_Email";

-- N: works as before, with the old users_name; works as before, with the old Users_Email
-- N+1: does not need the old users_name: the contract phase drops it when no instance below N+1 is alive; does not need the old Users_Email: the contract phase drops it when no instance below N+1 is alive
