-- == change_type_in_place_expand ==
-- concertina: phase expand

ALTER TABLE notes ALTER COLUMN n DROP NOT NULL;

-- == notes_body_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes notes.body as text. No row is read: the two types are stored alike.
ALTER TABLE notes ALTER COLUMN body TYPE text;

-- N: reads and writes notes.body as it was
-- N+1: takes notes.body as either type: the contract phase runs when no instance below N+1 is alive
