-- == users_email_index ==
-- concertina: phase expand
-- concertina: no-transaction

-- The index of the new users_email, built while writes go on. Two equal rows make it fail and leave
-- an invalid index behind: drop that, mend the rows, build again.
-- concertina: allow mixed-phases because "the old users_email allowed nothing that it refuses"
CREATE UNIQUE INDEX CONCURRENTLY concertina_users_users_email_new ON public.users (tenant, email);

-- == users_email_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The new users_email takes the place of the old one; no row is read.
ALTER TABLE public.users DROP CONSTRAINT users_email;
ALTER TABLE public.users ADD CONSTRAINT users_email UNIQUE USING INDEX concertina_users_users_email_new;

-- N: works under the old users_email, ON CONFLICT included
-- N+1: writes rows that the old users_email refuses only after the contract phase, which runs when no instance below N+1 is alive
