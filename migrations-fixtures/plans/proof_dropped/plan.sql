-- == o_n_index ==
-- concertina: phase expand
-- concertina: no-transaction

-- Builds the index while writes go on; it waits for transactions that are older.
CREATE INDEX CONCURRENTLY o_n ON o (n);

-- == o_n_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- nn has proven that no n is NULL, so NOT NULL needs no scan; only then it goes.
ALTER TABLE o ALTER n SET NOT NULL;
ALTER TABLE o DROP CONSTRAINT nn;

-- mn has proven that no m is NULL, so NOT NULL needs no scan; only then it goes.
ALTER TABLE o ALTER m SET NOT NULL;
ALTER TABLE o DROP CONSTRAINT mn;

-- N: works as before, on every schema on the way
