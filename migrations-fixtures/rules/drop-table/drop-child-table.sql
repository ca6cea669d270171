-- history
CREATE TABLE org (id bigint PRIMARY KEY);
CREATE TABLE child (id bigint PRIMARY KEY, org_id bigint REFERENCES org);
-- migration
DROP TABLE child; --~ warning drop-table destructive,breaks-app
