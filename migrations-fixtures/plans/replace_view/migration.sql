DROP VIEW adults, ages, everybody;
ALTER TABLE users ADD COLUMN bot boolean NOT NULL DEFAULT false;
CREATE VIEW adults WITH (security_barrier) AS SELECT age, name, id FROM users WHERE age >= 18;
DROP VIEW names;
CREATE VIEW names AS SELECT name, id FROM users;
CREATE VIEW ages AS SELECT id, age::text AS age FROM users;
CREATE VIEW everybody AS SELECT * FROM users;
