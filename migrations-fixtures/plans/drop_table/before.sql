CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE logs (id int PRIMARY KEY, user_id int REFERENCES users, line text);
CREATE TABLE marks (id int PRIMARY KEY, log_id int CONSTRAINT mark REFERENCES logs);
INSERT INTO users SELECT i, 'n' FROM generate_series(0, 400) i;
