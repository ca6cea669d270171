CREATE INDEX /* for the list */ users_age ON users (age) WHERE age > 10;
CREATE INDEX ON users (lower(email) text_pattern_ops);
DROP INDEX users_old;
COMMENT ON INDEX users_age IS 'the list';
