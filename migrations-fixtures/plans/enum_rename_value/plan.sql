-- == mood_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes 'good' and 'fine' for the same. One row of the catalogue changes; no
-- table is locked or read.
-- concertina: allow rename-object because "every live instance takes either name for the label"
ALTER TYPE mood RENAME VALUE 'good' TO 'fine';

-- N: reads and writes 'good'
-- N+1: takes both names for the same label and names neither as a constant of the type: reads it as text, compares column::text IN ('good', 'fine'), and writes (SELECT label FROM unnest(enum_range(NULL::public.mood)) AS label WHERE label::text IN ('good', 'fine')); the contract phase renames it when no instance below N+1 is alive
-- N+2: reads and writes 'fine'
-- note: no second label is added beside 'good', since PostgreSQL cannot take one away again; functions whose text names 'good' must be made anew in the file that renames it
