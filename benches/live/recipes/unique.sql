-- == before
CREATE TABLE users (id bigint PRIMARY KEY, email text);
INSERT INTO users SELECT i, 'e' || i FROM generate_series(0, {rows} - 1) i;
-- == plain
ALTER TABLE users ADD CONSTRAINT users_email UNIQUE (email);
-- == old
UPDATE users SET email = 'x{own}-{n}' WHERE id = {own} ;; SELECT email = 'x{own}-{n}' FROM users WHERE id = {own}
SELECT email IS NOT NULL FROM users WHERE id = {id}
-- == new
UPDATE users SET email = 'y{own}-{n}' WHERE id = {own} ;; SELECT email = 'y{own}-{n}' FROM users WHERE id = {own}
SELECT email IS NOT NULL FROM users WHERE id = {id}
-- == expert expand
-- == expert contract
-- alone
CREATE UNIQUE INDEX CONCURRENTLY users_email ON users (email)
-- tx
ALTER TABLE users ADD CONSTRAINT users_email UNIQUE USING INDEX users_email;
