-- history
CREATE TABLE org (id bigint PRIMARY KEY);
CREATE TABLE usr (id bigint PRIMARY KEY);
-- migration
CREATE TABLE child (id bigint PRIMARY KEY, org_id bigint REFERENCES org, usr_id bigint REFERENCES usr); --~ warning several-strong-locks blocks-writes
