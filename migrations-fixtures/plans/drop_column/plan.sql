-- == users_fax_expand ==
-- concertina: phase expand

-- A release that no longer knows users.fax can insert without it.
ALTER TABLE public.users ALTER COLUMN fax DROP NOT NULL;

ALTER TABLE users ADD COLUMN phone text;

-- == users_fax_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance knows users.fax any more.
ALTER TABLE users DROP COLUMN fax;

ALTER TABLE users DROP COLUMN telex;

-- N: reads and writes users.fax
-- N+1: does not know users.fax: the contract phase runs when no instance below N+1 is alive
-- note: rows that release N+1 inserts have NULL in users.fax, which release N reads while both are alive; give the column a DEFAULT first where that matters
