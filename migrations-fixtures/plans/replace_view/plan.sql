-- == replace_view_expand ==
-- concertina: phase expand

ALTER TABLE users ADD COLUMN bot boolean NOT NULL DEFAULT false;

-- == adults_expand ==
-- concertina: phase expand

-- public.adults for both releases: the columns of the old view in their order, then what the new
-- one has beside them.
CREATE OR REPLACE VIEW public.adults WITH (security_barrier) AS SELECT id, name, age FROM (
SELECT age, name, id FROM users WHERE age >= 18
) AS both_releases;

-- == names_expand ==
-- concertina: phase expand

-- public.names keeps the columns it has, in their order, and gets the new ones behind them: no
-- query meets a missing view.
CREATE OR REPLACE VIEW names AS SELECT name, id FROM users;

-- == everybody_expand ==
-- concertina: phase expand

-- public.everybody keeps the columns it has, in their order, and gets the new ones behind them: no
-- query meets a missing view.
CREATE OR REPLACE VIEW everybody AS SELECT * FROM users;

-- == adults_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance needs the columns of the old public.adults in their order any more.
DROP VIEW adults;
CREATE VIEW adults WITH (security_barrier) AS SELECT age, name, id FROM users WHERE age >= 18;

-- == ages_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The new public.ages takes the place of the old one: no query meets a missing view.
DROP VIEW ages;
CREATE VIEW ages AS SELECT id, age::text AS age FROM users;

-- N: reads public.adults, whose columns are the old ones first; reads public.names, which keeps its columns; reads the old public.ages; reads public.everybody, which keeps its columns
-- N+1: names the columns of public.adults it reads: the contract phase puts them in their new order when no instance below N+1 is alive; reads the new columns of public.names; reads of public.ages only columns that both views have with the same type: the contract phase swaps them when no instance below N+1 is alive; reads the new columns of public.everybody
-- note: privileges on the old public.adults go with it: write the GRANTs behind the new one into the migration
-- note: privileges on the old public.ages go with it: write the GRANTs behind the new one into the migration
-- note: the new public.ages lacks columns of the old one or gives them another type, so no view can serve both releases: where N+1 needs the new one at once, give it another name
