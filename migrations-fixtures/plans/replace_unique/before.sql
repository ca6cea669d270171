CREATE TABLE users (id bigint PRIMARY KEY, tenant int NOT NULL DEFAULT 1, email text, CONSTRAINT users_email UNIQUE (email));
INSERT INTO users SELECT i, 1, 'e' || i FROM generate_series(1, 1000) i;
