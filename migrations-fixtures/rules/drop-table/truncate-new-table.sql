-- migration
CREATE TABLE stage (a int);
INSERT INTO stage VALUES (1);
TRUNCATE stage;
