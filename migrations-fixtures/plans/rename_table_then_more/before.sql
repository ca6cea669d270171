CREATE TABLE p (id bigint PRIMARY KEY);
INSERT INTO p SELECT generate_series(1, 50);
CREATE TABLE k (id bigserial PRIMARY KEY, a int, p_id bigint);
INSERT INTO k (a, p_id) SELECT i, i % 50 + 1 FROM generate_series(1, 500) i;
