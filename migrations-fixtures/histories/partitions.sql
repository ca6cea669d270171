-- Inheritance and partitions.
CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, kind text CHECK (kind <> ''), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX ON events (kind);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX events_lower ON events (lower(kind));
CREATE TABLE events_2025 (id bigint NOT NULL, at timestamptz NOT NULL, kind text CHECK (kind <> ''), extra int);
ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE events_2025 DROP COLUMN extra;
ALTER TABLE events_2025 RENAME CONSTRAINT events_2025_kind_check TO events_kind_check;
CREATE INDEX events_2025_kind ON events_2025 (kind);
ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE events ADD COLUMN note text DEFAULT 'n';
ALTER TABLE events_2024 ADD COLUMN own int;
ALTER TABLE events ALTER COLUMN kind SET NOT NULL;
ALTER TABLE events_2024 ALTER COLUMN kind DROP NOT NULL;
ALTER TABLE events RENAME COLUMN note TO remark;
ALTER TABLE events ALTER COLUMN remark TYPE varchar(20);
ALTER TABLE events_rest DROP COLUMN remark;
ALTER TABLE events DROP COLUMN at;
CREATE TABLE kinds (kind text PRIMARY KEY);
ALTER TABLE events ADD CONSTRAINT events_kind_fk FOREIGN KEY (kind) REFERENCES kinds;
ALTER TABLE events ADD UNIQUE (kind);
ALTER TABLE events ADD UNIQUE (kind, at);
CREATE INDEX only_parent ON ONLY events (remark);
CREATE INDEX part_2024 ON events_2024 (remark);
CREATE INDEX part_2025 ON events_2025 (remark);
CREATE INDEX part_rest ON events_rest (remark);
ALTER INDEX only_parent ATTACH PARTITION part_2024;
ALTER INDEX only_parent ATTACH PARTITION part_2025;
ALTER INDEX only_parent ATTACH PARTITION part_rest;
DROP INDEX part_2024;
ALTER TABLE events DETACH PARTITION events_rest;
DROP TABLE events_rest;
DROP INDEX events_lower;
ALTER TABLE events DROP CONSTRAINT events_kind_check;
CREATE TABLE animals (id serial PRIMARY KEY, name text NOT NULL, CHECK (name <> ''));
CREATE TABLE cats (lives int DEFAULT 9) INHERITS (animals);
ALTER TABLE animals ADD COLUMN age int, ADD CHECK (age > 0);
ALTER TABLE cats DROP COLUMN age;
ALTER TABLE cats RENAME COLUMN name TO n;
ALTER TABLE animals RENAME COLUMN name TO title;
ALTER TABLE animals DROP COLUMN age;
CREATE TABLE dogs (id int NOT NULL, title text NOT NULL, CONSTRAINT animals_name_check CHECK (title <> ''));
ALTER TABLE dogs INHERIT animals;
ALTER TABLE dogs NO INHERIT animals;
DROP TABLE animals;
DROP TABLE animals CASCADE;
CREATE TABLE lists (a int, b text) PARTITION BY LIST (b);
CREATE TABLE lists_x PARTITION OF lists FOR VALUES IN ('x') PARTITION BY HASH (a);
CREATE TABLE lists_x_0 PARTITION OF lists_x FOR VALUES WITH (MODULUS 2, REMAINDER 0);
ALTER TABLE lists ADD CONSTRAINT lists_check CHECK (a > 0);
CREATE TABLE points_to (a int, b text);
DROP TABLE lists;
CREATE TABLE whole (a int, b int NOT NULL, c text, PRIMARY KEY (a)) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE like_part (LIKE part INCLUDING INDEXES);
ALTER TABLE whole INHERIT animals;
CREATE TABLE single (a int, b int, c text);
ALTER TABLE single INHERIT part;
ALTER TABLE single INHERIT whole;
ALTER TABLE whole ADD CHECK (b > 0) NO INHERIT;
ALTER TABLE part ADD COLUMN a int;
ALTER TABLE part ADD COLUMN IF NOT EXISTS a int;
ALTER TABLE ONLY whole ADD COLUMN a int;
ALTER TABLE ONLY whole ALTER COLUMN c SET DEFAULT 'x';
ALTER TABLE ONLY whole ALTER COLUMN c SET NOT NULL;
ALTER TABLE whole SET (fillfactor = 50);
ALTER TABLE whole SET (toast.autovacuum_enabled = true);
ALTER TABLE ONLY whole ALTER COLUMN c DROP EXPRESSION IF EXISTS;
CREATE TABLE points_at_whole (a int REFERENCES whole);
DROP TABLE part;
ALTER TABLE whole ADD CONSTRAINT to_own_part FOREIGN KEY (b) REFERENCES part;
ALTER TABLE whole ADD CONSTRAINT to_itself FOREIGN KEY (b) REFERENCES whole;
-- from 18
ALTER TABLE part ALTER CONSTRAINT to_itself DEFERRABLE;
DROP TABLE part CASCADE;
CREATE TABLE sorted (a int, b int) PARTITION BY LIST (a);
CREATE TABLE sorted_1 PARTITION OF sorted FOR VALUES IN (1);
CREATE UNIQUE INDEX sorted_1_idx ON sorted_1 (a DESC);
ALTER TABLE sorted_1 ADD UNIQUE (a, b);
CREATE UNIQUE INDEX ON sorted (a);
ALTER TABLE sorted ADD PRIMARY KEY (a, b);
CREATE TABLE measured (v bigint);
ALTER TABLE measured ADD CHECK (v > 0) NOT VALID;
CREATE TABLE measured_child () INHERITS (measured);
ALTER TABLE measured ALTER v TYPE numeric;
CREATE TABLE kept_key (a int);
CREATE TABLE kept_key_child () INHERITS (kept_key);
ALTER TABLE ONLY kept_key ALTER a SET DEFAULT 4;
ALTER TABLE kept_key ADD CONSTRAINT kept CHECK (a > 0);
ALTER TABLE ONLY kept_key DROP CONSTRAINT kept;
CREATE TABLE twice_1 (a int DEFAULT 1);
CREATE TABLE twice_2 (a int DEFAULT 2);
CREATE TABLE twice () INHERITS (twice_1, twice_2);
CREATE TABLE twice (a int DEFAULT 3) INHERITS (twice_1, twice_2);
CREATE TABLE other_check (a int, CONSTRAINT kept CHECK (a > 1));
CREATE TABLE with_check (a int, CONSTRAINT kept CHECK (a > 0));
ALTER TABLE other_check INHERIT with_check;
ALTER TABLE other_check DROP CONSTRAINT kept, ADD CONSTRAINT kept CHECK (a > 0) NOT VALID;
-- until 17
ALTER TABLE other_check INHERIT with_check;
-- from 17
CREATE TABLE numbered (id bigint GENERATED ALWAYS AS IDENTITY, k int) PARTITION BY LIST (k);
-- from 17
CREATE TABLE numbered_1 PARTITION OF numbered FOR VALUES IN (1);
-- from 17
ALTER TABLE numbered_1 ALTER id DROP IDENTITY;
-- from 17
ALTER TABLE numbered ALTER id SET GENERATED BY DEFAULT;
-- from 17
CREATE TABLE numbered_2 (id bigint GENERATED ALWAYS AS IDENTITY, k int);
-- from 17
ALTER TABLE numbered ATTACH PARTITION numbered_2 FOR VALUES IN (2);
-- from 17
ALTER TABLE numbered DETACH PARTITION numbered_1;
-- from 17
ALTER TABLE numbered ATTACH PARTITION numbered_1 FOR VALUES IN (1);
