-- == users_team_id_expand ==
-- concertina: phase expand

-- Adds users.team_id; its default stands for it in the rows that are there and in those of a
-- release that does not know it.
ALTER TABLE public.users ADD COLUMN team_id int DEFAULT 1 NOT NULL;

ALTER TABLE users ADD COLUMN slug text, ADD age int NOT NULL DEFAULT 0;

-- == users_team_id_index ==
-- concertina: phase expand
-- concertina: no-transaction

-- Builds the index while writes go on; it waits for transactions that are older.
CREATE INDEX CONCURRENTLY users_team_id ON users (team_id);

-- == users_slug_key_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- Builds the index of users_slug_key while writes go on. Two equal rows make it fail and leave an
-- invalid index behind: drop that, mend the rows, build again.
CREATE UNIQUE INDEX CONCURRENTLY users_slug_key ON public.users (slug);

-- == users_slug_key_constraints ==
-- concertina: phase migrate

-- The index becomes the constraint users_slug_key; no row is read.
ALTER TABLE public.users ADD CONSTRAINT users_slug_key UNIQUE USING INDEX users_slug_key;

-- Every row written from now on satisfies it; the rows that are there are not read yet.
ALTER TABLE users ADD CONSTRAINT users_age_check CHECK (age >= 0) NOT VALID;

-- Every row written from now on satisfies it; the rows that are there are not read yet.
ALTER TABLE users ADD CONSTRAINT users_age_check1 CHECK (age < 200) NO INHERIT NOT VALID;

-- == users_team_foreign_key ==
-- concertina: phase migrate

-- Every row written from now on refers to a row of teams; locks both tables, briefly. The rows that
-- are there are not read yet.
ALTER TABLE users ADD CONSTRAINT users_team FOREIGN KEY (team_id) REFERENCES teams ON DELETE CASCADE NOT VALID;

-- == users_team_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT users_team;

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT users_age_check;

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT users_age_check1;

-- == users_team_id_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance gives users.team_id itself: takes the default away.
ALTER TABLE public.users ALTER COLUMN team_id DROP DEFAULT;

-- N: does not know users.team_id; the database gives it a value; works as before, on every schema on the way
-- N+1: writes users.team_id, and reads it once the migrate phase is done
-- N+2: as N+1: when no instance below N+1 is alive, the contract phase leaves users.team_id to the application
