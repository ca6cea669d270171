-- history
CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a + 1) STORED);
-- migration
ALTER TABLE g ALTER COLUMN a TYPE bigint; --~ error fails fails
