-- schema
CREATE TYPE pair AS (x int, y text);
CREATE TYPE mood AS ENUM ('ok', 'sad');
CREATE TABLE w (id int PRIMARY KEY, day date, two pair, feeling mood, at timestamptz, flag boolean, n int, list int[], doc jsonb);

-- change
ALTER TABLE w ALTER COLUMN day TYPE varchar(3), ALTER COLUMN two TYPE varchar(3), ALTER COLUMN feeling TYPE varchar(2),
  ALTER COLUMN at TYPE varchar(8), ALTER COLUMN flag TYPE varchar(4), ALTER COLUMN n TYPE varchar(3), ALTER COLUMN list TYPE varchar(1),
  ALTER COLUMN doc TYPE varchar(5);

-- queries
-- name: a_date
INSERT INTO w (id, day) VALUES (1, '2024-05-06'::date);
-- name: a_row
INSERT INTO w (id, two) VALUES (1, '(1,x)'::pair);
-- name: a_row_of_nothing unknown
INSERT INTO w (id, two) VALUES (1, '(,)'::pair);
-- name: a_label
INSERT INTO w (id, feeling) VALUES (1, 'sad'::mood);
-- name: a_short_label
INSERT INTO w (id, feeling) VALUES (1, 'ok'::mood);
-- name: a_moment
INSERT INTO w (id, at) VALUES (1, '2024-05-06'::timestamptz);
-- name: a_truth
INSERT INTO w (id, flag) VALUES (1, false);
-- name: a_short_truth
INSERT INTO w (id, flag) VALUES (1, true);
-- name: a_number
INSERT INTO w (id, n) VALUES (1, 1234);
-- name: a_short_number
INSERT INTO w (id, n) VALUES (1, 123);
-- name: an_array
INSERT INTO w (id, list) VALUES (1, '{1}'::int[]);
-- name: nothing
INSERT INTO w (id, day) VALUES (1, NULL::date);
-- name: merged
MERGE INTO w USING (SELECT 1 AS id) AS s ON w.id = s.id WHEN NOT MATCHED THEN INSERT (id, day) VALUES (s.id, '2024-05-06'::date);
-- name: a_number_with_a_scale
INSERT INTO w (id, n) VALUES (1, 1::numeric(10,2));
-- name: a_quoted_number_with_a_scale
INSERT INTO w (id, n) VALUES (1, '1'::numeric(10,2));
-- name: cut_to_what_is_too_long_still
INSERT INTO w (id, day) VALUES (1, 'word'::varchar(20));
-- name: cut_to_what_fits
INSERT INTO w (id, day) VALUES (1, 'word'::varchar(3));
-- name: a_document
INSERT INTO w (id, doc) VALUES (1, '{"k": 1}'::jsonb);
-- name: a_document_of_a_query
INSERT INTO w (id, doc) SELECT 2, '{"k": 1}'::jsonb FROM w RETURNING *;
-- name: a_short_document unknown
INSERT INTO w (id, doc) VALUES (1, '[1]'::jsonb);
