CREATE TABLE "Document" (id int PRIMARY KEY, visibility text NOT NULL DEFAULT 'all', note text);
INSERT INTO "Document" SELECT i, 'all', 'n' FROM generate_series(1, 500) i;
