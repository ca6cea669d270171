-- == users_locale_expand ==
-- concertina: phase expand

-- Adds users.locale; its default stands for it in the rows that are there and in those of a release
-- that does not know it.
ALTER TABLE public.users ADD COLUMN locale varchar(8) DEFAULT 'en' NOT NULL;

-- Adds users.active; its default stands for it in the rows that are there and in those of a release
-- that does not know it.
ALTER TABLE public.users ADD COLUMN active boolean DEFAULT true NOT NULL;

-- == users_locale_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance gives users.locale itself: takes the default away.
ALTER TABLE public.users ALTER COLUMN locale DROP DEFAULT;

-- Every live instance gives users.active itself: takes the default away.
ALTER TABLE public.users ALTER COLUMN active DROP DEFAULT;

-- N: does not know users.locale; the database gives it a value; does not know users.active; the database gives it a value
-- N+1: writes users.locale, and reads it once the migrate phase is done; writes users.active, and reads it once the migrate phase is done
-- N+2: as N+1: when no instance below N+1 is alive, the contract phase leaves users.locale to the application; as N+1: when no instance below N+1 is alive, the contract phase leaves users.active to the application
