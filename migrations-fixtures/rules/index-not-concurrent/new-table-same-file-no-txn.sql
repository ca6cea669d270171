-- migration unwrapped
CREATE TABLE fresh (id bigint PRIMARY KEY, a int);
CREATE INDEX fresh_a ON fresh (a);
