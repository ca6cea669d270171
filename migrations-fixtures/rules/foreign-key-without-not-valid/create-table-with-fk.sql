-- history
CREATE TABLE org (id bigint PRIMARY KEY);
-- migration
CREATE TABLE child (id bigint PRIMARY KEY, org_id bigint REFERENCES org (id));
