-- history
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE CAST (varchar AS mood) WITH INOUT AS IMPLICIT;
CREATE TABLE people (id bigint PRIMARY KEY, feels mood);
-- release 1.0.0
-- name: feel
UPDATE people SET feels = $1 WHERE id = $2;
-- migration
DROP CAST (varchar AS mood);
