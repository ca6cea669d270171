-- == users_age_index ==
-- concertina: phase expand
-- concertina: no-transaction

-- Builds the index while writes go on; it waits for transactions that are older.
CREATE INDEX CONCURRENTLY /* for the list */ users_age ON users (age) WHERE age > 10;

-- == users_index ==
-- concertina: phase expand
-- concertina: no-transaction

-- Builds the index while writes go on; it waits for transactions that are older.
CREATE INDEX CONCURRENTLY ON users (lower(email) text_pattern_ops);

-- == users_old_drop_index ==
-- concertina: phase contract
-- concertina: after 2.0.0
-- concertina: no-transaction

-- Drops the index while reads and writes go on.
DROP INDEX CONCURRENTLY users_old;

-- == index_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

COMMENT ON INDEX users_age IS 'the list';

-- N: works as before, on every schema on the way
