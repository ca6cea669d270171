-- history
CREATE TABLE y (id int);
-- migration unwrapped
BEGIN;
CREATE TABLE x (id int);
ROLLBACK;
BEGIN;
CREATE INDEX i ON x (id); --~ error fails fails
COMMIT;
