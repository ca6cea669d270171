CREATE TABLE bookings (id int PRIMARY KEY, during int4range NOT NULL);
INSERT INTO bookings SELECT i, int4range(i * 10, i * 10 + 5) FROM generate_series(1, 500) i;
