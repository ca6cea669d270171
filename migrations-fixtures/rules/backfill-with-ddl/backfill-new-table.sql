-- migration
CREATE TABLE cfg (k text PRIMARY KEY, v text);
INSERT INTO cfg VALUES ('a','1');
UPDATE cfg SET v = '2';
