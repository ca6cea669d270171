-- history
CREATE TABLE z (id int, n int, CONSTRAINT n_pk CHECK (n > 0));
-- migration
ALTER TABLE z DROP CONSTRAINT n_pk;
