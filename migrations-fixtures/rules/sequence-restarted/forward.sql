-- history
CREATE TABLE users (id bigserial PRIMARY KEY);
-- migration
ALTER SEQUENCE users_id_seq RESTART WITH 5000;
