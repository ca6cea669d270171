-- == check_expand ==
-- concertina: phase expand

ALTER TABLE users ADD COLUMN nick text;

-- == users_age_check_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every row written from now on satisfies it; the rows that are there are not read yet.
ALTER TABLE users ADD CONSTRAINT users_age_check CHECK (age BETWEEN 0 AND 2000) NOT VALID;

-- == users_age_check_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.users VALIDATE CONSTRAINT users_age_check;

-- N: may write rows that users_age_check refuses
-- N+1: writes no such row: the contract phase runs when no instance below N+1 is alive
-- note: rows that violate users_age_check stop the VALIDATE: repair them first
