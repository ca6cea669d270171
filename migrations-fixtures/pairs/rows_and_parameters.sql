-- schema
CREATE TYPE pair AS (x int, y text);
CREATE TABLE w (id int PRIMARY KEY, total uuid, note text, both_of pair, doc jsonb);

-- change
ALTER TABLE w ALTER COLUMN total TYPE date USING NULL::date;
ALTER TABLE w ALTER COLUMN note TYPE varchar(5);
ALTER TYPE pair ADD ATTRIBUTE z int;
ALTER TABLE w ALTER COLUMN doc TYPE text[] USING NULL::text[];

-- queries
-- name: a_row_of_constants
SELECT id FROM w WHERE (total, 1) = ('00000000-0000-0000-0000-000000000001', 1);
-- name: rows_in_a_list
SELECT id FROM w WHERE (total, id) IN (('00000000-0000-0000-0000-000000000001', 1), ('00000000-0000-0000-0000-000000000002', 2));
-- name: a_row_that_fits
SELECT id FROM w WHERE (total, id) = ('2024-05-06', 1);
-- name: a_parameter_keeps_its_type
SELECT CASE WHEN id = 1 THEN note ELSE $1 END FROM w;
-- name: without_a_parameter changes
SELECT CASE WHEN id = 1 THEN note ELSE note END FROM w;
-- name: a_row_as_a_parameter changes
UPDATE w SET both_of = $1;
-- name: an_object_for_an_array
SELECT id FROM w WHERE doc >= '{"k": 1}';
-- name: quoted_elements
SELECT id FROM w WHERE doc >= '{"k", "l"}';
-- name: an_object_for_a_day
SELECT id FROM w WHERE total = '{"k": 1}';
