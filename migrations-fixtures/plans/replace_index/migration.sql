DROP INDEX users_name;
DROP INDEX "Users_Email";
CREATE INDEX users_name ON users (lower(name), id DESC);
CREATE UNIQUE INDEX "Users_Email" ON users (email, name);
