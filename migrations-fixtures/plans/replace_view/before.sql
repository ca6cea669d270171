CREATE TABLE users (id int PRIMARY KEY, name text, age int);
CREATE VIEW adults WITH (security_barrier) AS SELECT id, name FROM users WHERE age >= 18;
CREATE VIEW names AS SELECT name FROM users;
CREATE VIEW ages AS SELECT id, age FROM users;
CREATE VIEW everybody AS SELECT * FROM users;
INSERT INTO users SELECT i, 'n', i FROM generate_series(1, 500) i;
