-- == before
CREATE TABLE users (id bigint PRIMARY KEY, age int);
INSERT INTO users SELECT i, i % 90 FROM generate_series(0, {rows} - 1) i;
-- == plain
ALTER TABLE users ADD CONSTRAINT users_age CHECK (age BETWEEN 0 AND 20000);
-- == old
UPDATE users SET age = {n} WHERE id = {own} ;; SELECT age = {n} FROM users WHERE id = {own}
SELECT age IS NOT NULL FROM users WHERE id = {id}
-- == new
UPDATE users SET age = {n} WHERE id = {own} ;; SELECT age = {n} FROM users WHERE id = {own}
SELECT age IS NOT NULL FROM users WHERE id = {id}
-- == expert expand
-- == expert contract
ALTER TABLE users ADD CONSTRAINT users_age CHECK (age BETWEEN 0 AND 20000) NOT VALID;
-- alone
ALTER TABLE users VALIDATE CONSTRAINT users_age
