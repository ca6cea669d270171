-- history
CREATE TABLE org (id bigint PRIMARY KEY);
-- migration
CREATE TABLE child (id bigint PRIMARY KEY, org_id bigint);
ALTER TABLE child ADD CONSTRAINT f FOREIGN KEY (org_id) REFERENCES org (id);
