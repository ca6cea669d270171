-- == posts_user_id_fkey_foreign_key ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The new posts_user_id_fkey beside the old one: locks both tables, briefly. The rows that are
-- there are not read yet.
ALTER TABLE public.posts ADD CONSTRAINT concertina_posts_posts_user_id_fkey_new FOREIGN KEY (user_id) REFERENCES public.users (id) ON DELETE CASCADE NOT VALID;

-- == posts_user_id_fkey_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.posts VALIDATE CONSTRAINT concertina_posts_posts_user_id_fkey_new;

-- == posts_user_id_fkey_foreign_key_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The new posts_user_id_fkey takes the place of the old one; no row is read.
ALTER TABLE public.posts DROP CONSTRAINT posts_user_id_fkey;
ALTER TABLE public.posts RENAME CONSTRAINT concertina_posts_posts_user_id_fkey_new TO posts_user_id_fkey;

-- N: works under the old posts_user_id_fkey alone
-- N+1: takes what either posts_user_id_fkey does on DELETE and UPDATE: the contract phase, in which both stand for a while, runs when no instance below N+1 is alive
