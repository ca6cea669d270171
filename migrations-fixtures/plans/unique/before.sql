CREATE TABLE users (id bigint NOT NULL, email text, tenant int NOT NULL);
INSERT INTO users SELECT i, 'e' || i, i % 3 FROM generate_series(1, 1000) i;
