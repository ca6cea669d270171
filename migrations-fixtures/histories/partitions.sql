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
ALTER TABLE ONLY whole ADD FOREIGN KEY (b) REFERENCES points_to;
CREATE TABLE top (a int, b int, CONSTRAINT high CHECK (a > 0));
CREATE TABLE side () INHERITS (top);
CREATE TABLE diamond () INHERITS (top, side);
CREATE TABLE a_diamond () INHERITS (top, side);
ALTER TABLE top DROP COLUMN b;
ALTER TABLE top DROP CONSTRAINT high;

-- The parts of a foreign key for the partitions of the table it refers to take names too, and each copy
-- of one in a partition has a name of its own.
CREATE TABLE referred (id int PRIMARY KEY) PARTITION BY LIST (id);
CREATE TABLE referred_2 PARTITION OF referred FOR VALUES IN (2);
CREATE TABLE referred_1 PARTITION OF referred FOR VALUES IN (1) PARTITION BY LIST (id);
CREATE TABLE referred_1_1 PARTITION OF referred_1 DEFAULT;
CREATE TABLE referring (a int REFERENCES referred);
ALTER TABLE referring ADD FOREIGN KEY (a) REFERENCES referred;
CREATE TABLE referred_3 PARTITION OF referred FOR VALUES IN (3);
ALTER TABLE referred DETACH PARTITION referred_2;
ALTER TABLE referring ADD CONSTRAINT second FOREIGN KEY (a) REFERENCES referred;
ALTER TABLE referring RENAME CONSTRAINT second TO third;
ALTER TABLE referred_3 RENAME TO referred_three;
ALTER TABLE referring ADD CONSTRAINT referring_a_fkey4 CHECK (a > 0);
ALTER TABLE referring DROP CONSTRAINT third;
CREATE TABLE parted_key (a int REFERENCES referred, CONSTRAINT own FOREIGN KEY (a) REFERENCES referred) PARTITION BY LIST (a);
CREATE TABLE parted_key_1 PARTITION OF parted_key FOR VALUES IN (1);
CREATE TABLE parted_key_2 (a int, CONSTRAINT mine FOREIGN KEY (a) REFERENCES referred, CONSTRAINT own CHECK (a > 0));
ALTER TABLE parted_key ATTACH PARTITION parted_key_2 FOR VALUES IN (2);
ALTER TABLE parted_key RENAME CONSTRAINT own TO renamed;
ALTER TABLE parted_key_1 RENAME CONSTRAINT own TO copied;
ALTER TABLE parted_key DETACH PARTITION parted_key_1;
ALTER TABLE parted_key DROP CONSTRAINT renamed;
ALTER TABLE parted_key ATTACH PARTITION parted_key_1 FOR VALUES IN (1);
DROP TABLE referred_three;
DROP TABLE referred_three CASCADE;

CREATE TABLE computed (x int GENERATED ALWAYS AS (1 + 1) STORED, y int);
CREATE TABLE counted (x int, y int);
CREATE TABLE both_kinds () INHERITS (computed, counted);
CREATE TABLE both_kinds () INHERITS (counted, computed);
CREATE TABLE with_default (x int DEFAULT 1) INHERITS (computed);
CREATE TABLE plain_again (x int) INHERITS (computed);
CREATE TABLE computed_twice (x int GENERATED ALWAYS AS (2 + 1) STORED) INHERITS (computed);
CREATE TABLE computed_below (x int GENERATED ALWAYS AS (2 + 1) STORED) INHERITS (counted);
CREATE TABLE computed_heir () INHERITS (plain_again);
ALTER TABLE computed ALTER x DROP EXPRESSION;
ALTER TABLE computed ALTER y DROP EXPRESSION IF EXISTS;
ALTER TABLE plain_again ALTER x DROP EXPRESSION;
ALTER TABLE computed DROP COLUMN y, ALTER y DROP EXPRESSION IF EXISTS;
DROP TABLE computed_heir;
ALTER TABLE computed DROP COLUMN y, ALTER y DROP EXPRESSION IF EXISTS;
ALTER TABLE computed ALTER x DROP EXPRESSION;

-- Detached concurrently, a partition keeps its bound as a check.
CREATE TABLE parting (a int NOT NULL, b text) PARTITION BY LIST (a);
CREATE TABLE parting_1 PARTITION OF parting FOR VALUES IN (1);
CREATE TABLE parting_2 PARTITION OF parting FOR VALUES IN (2, 3);
CREATE TABLE parting_3 PARTITION OF parting (CHECK (a = 4)) FOR VALUES IN (4);
ALTER TABLE parting DETACH PARTITION parting_1 CONCURRENTLY;
ALTER TABLE parting DETACH PARTITION parting_2 CONCURRENTLY;
ALTER TABLE parting DETACH PARTITION parting_3 CONCURRENTLY;
CREATE TABLE parting_rest PARTITION OF parting DEFAULT;
CREATE TABLE parting_5 PARTITION OF parting FOR VALUES IN (5);
ALTER TABLE parting DETACH PARTITION parting_5 CONCURRENTLY;
CREATE TABLE spans_parting (a int, b text) PARTITION BY RANGE (b);
CREATE TABLE spans_1 PARTITION OF spans_parting FOR VALUES FROM (MINVALUE) TO ('b');
CREATE TABLE spans_2 PARTITION OF spans_parting FOR VALUES FROM ('b') TO ('c');
ALTER TABLE spans_parting DETACH PARTITION spans_1 CONCURRENTLY;
ALTER TABLE spans_parting DETACH PARTITION spans_2 CONCURRENTLY;
CREATE TABLE hashed (a int) PARTITION BY HASH (a);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
ALTER TABLE hashed DETACH PARTITION hashed_0 CONCURRENTLY;
ALTER TABLE parting DROP COLUMN missing, SET LOGGED;
CREATE TABLE collated (a text) PARTITION BY LIST (a);
CREATE UNIQUE INDEX ON collated (a COLLATE "C");
CREATE UNIQUE INDEX ON collated (a COLLATE "default");
-- from 15
CREATE VIEW over_parting AS SELECT a FROM parting;
-- from 15
ALTER TABLE over_parting DETACH PARTITION nowhere;
