-- == users_pkey_index ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- Builds the index of users_pkey while writes go on. Two equal rows make it fail and leave an
-- invalid index behind: drop that, mend the rows, build again.
CREATE UNIQUE INDEX CONCURRENTLY users_pkey ON public.users (id);

-- == users_email_index ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- Builds the index of users_email while writes go on. Two equal rows make it fail and leave an
-- invalid index behind: drop that, mend the rows, build again.
CREATE UNIQUE INDEX CONCURRENTLY users_email ON public.users (tenant, email);

-- == users_lower_index ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- Builds the index while writes go on; it waits for transactions that are older. Two equal rows
-- make it fail and leave an invalid index behind: drop that, mend the rows, build again.
CREATE UNIQUE INDEX CONCURRENTLY users_lower ON users (lower(email));

-- == users_pkey_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The index becomes the constraint users_pkey; no row is read.
ALTER TABLE public.users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;

-- The index becomes the constraint users_email; no row is read.
ALTER TABLE public.users ADD CONSTRAINT users_email UNIQUE USING INDEX users_email;

-- N: may write rows that users_pkey refuses; may write rows that users_email refuses; may write rows that users_lower refuses
-- N+1: writes no such row: the contract phase runs when no instance below N+1 is alive
