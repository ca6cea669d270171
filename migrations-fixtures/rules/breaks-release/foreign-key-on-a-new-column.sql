-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text, state text DEFAULT 'new');
CREATE TABLE teams (id bigint PRIMARY KEY);
-- release 1.0.0
-- name: add
INSERT INTO users (id, name, email) VALUES ($1, $2, $3);
-- name: end_team
DELETE FROM teams WHERE id = $1;
-- migration
ALTER TABLE users ADD COLUMN team_id bigint;
ALTER TABLE users ADD CONSTRAINT users_team FOREIGN KEY (team_id) REFERENCES teams NOT VALID;
