CREATE TABLE "Hook" (id serial CONSTRAINT "Hook_pkey" PRIMARY KEY, url text, "x" int NOT NULL, y int NOT NULL);
CREATE FUNCTION token() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
INSERT INTO "Hook" (url, x, y) SELECT 'u', i, i FROM generate_series(1, 500) i;
