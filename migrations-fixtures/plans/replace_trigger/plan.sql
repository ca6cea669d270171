-- == users_changed_expand ==
-- concertina: phase expand

-- The new trigger changed takes the place of the old one: every row that is written meets one of
-- the two.
CREATE OR REPLACE TRIGGER changed BEFORE UPDATE OF name ON users FOR EACH ROW EXECUTE FUNCTION changed();

-- note: the new trigger changed fires for what release N writes too, from the expand phase on
