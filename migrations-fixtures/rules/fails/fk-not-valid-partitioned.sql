-- history
CREATE TABLE org (id bigint PRIMARY KEY);
CREATE TABLE ev (d date, org_id bigint) PARTITION BY RANGE (d);
-- migration pg=15
ALTER TABLE ev ADD CONSTRAINT f FOREIGN KEY (org_id) REFERENCES org NOT VALID; --~ error fails fails
