-- schema
CREATE TABLE users (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text NOT NULL, email text UNIQUE, age int);
CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, title text, name text);
CREATE VIEW people AS SELECT id, name FROM users;
INSERT INTO users (name, email, age) VALUES ('a', 'a@x', 1);
INSERT INTO posts VALUES (1, 1, 't', 'n');

-- change
ALTER TABLE users RENAME COLUMN name TO full_name;

-- queries
-- name: bare
SELECT id, name FROM users WHERE id = $1;
-- name: untouched
SELECT id, email FROM users;
-- name: qualified
SELECT users.name FROM users;
-- name: aliased
SELECT u.name FROM users AS u;
-- name: schema_qualified
SELECT public.users.name FROM public.users;
-- name: three_parts_of_an_alias_say_the_alias
SELECT u.id FROM public.users u WHERE u.name = 'x';
-- name: star_changes_its_shape
SELECT * FROM users;
-- name: qualified_star
SELECT p.id, u.* FROM posts p JOIN users u ON u.id = p.user_id;
-- name: star_inside_a_count
SELECT count(*) FROM users;
-- name: returning_star
UPDATE users SET email = 'b@x' WHERE id = 1 RETURNING *;
-- name: returning_a_column
DELETE FROM users WHERE id = 99 RETURNING name;
-- name: through_a_view
SELECT name FROM people;
-- name: star_of_a_view
SELECT * FROM people;
-- name: the_other_name_is_of_posts
SELECT p.name FROM posts p JOIN users u ON u.id = p.user_id;
-- name: was_ambiguous_before
SELECT name FROM posts JOIN users ON users.id = user_id;
-- name: falls_to_the_outer_query changes
SELECT (SELECT name FROM users LIMIT 1) FROM people LIMIT 1;
-- name: correlated
SELECT id FROM posts p WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = p.user_id AND u.name = p.title);
-- name: in_where
SELECT id FROM users WHERE lower(name) = 'a';
-- name: in_order_by
SELECT id FROM users ORDER BY name;
-- name: order_by_an_output_name
SELECT id AS name FROM users ORDER BY name;
-- name: in_group_by
SELECT count(*) FROM users GROUP BY name;
-- name: in_having
SELECT id FROM users GROUP BY id HAVING max(name) > 'a';
-- name: in_a_window
SELECT row_number() OVER (PARTITION BY name) FROM users;
-- name: in_a_named_window
SELECT row_number() OVER w FROM users WINDOW w AS (ORDER BY name);
-- name: in_a_filter
SELECT count(*) FILTER (WHERE name = 'a') FROM users;
-- name: in_an_aggregate_order
SELECT string_agg(email, ',' ORDER BY name) FROM users;
-- name: distinct_on
SELECT DISTINCT ON (name) id FROM users;
-- name: in_a_case
SELECT CASE WHEN age > 1 THEN name ELSE email END FROM users;
-- name: in_a_cte
WITH x AS (SELECT id, name FROM users) SELECT name FROM x;
-- name: cte_renames_its_columns
WITH x(id, name) AS (SELECT id, email FROM users) SELECT name FROM x;
-- name: cte_shadows_the_table
WITH users AS (SELECT 1 AS id, 'x' AS name) SELECT name FROM users;
-- name: cte_that_reads_the_table_it_shadows
WITH users AS (SELECT id, name FROM users) SELECT name FROM users;
-- name: recursive
WITH RECURSIVE r(id, n) AS (SELECT id, name FROM users UNION ALL SELECT r.id + 1, r.n FROM r WHERE r.id < 3) SELECT n FROM r;
-- name: alias_columns_hide_the_rename
SELECT x.b FROM users AS x(a, b);
-- name: alias_hides_the_table
SELECT name FROM posts AS users;
-- name: lateral
SELECT x.title FROM users u, LATERAL (SELECT p.title FROM posts p WHERE p.title = u.name) x;
-- name: function_in_from
SELECT n FROM users u, unnest(string_to_array(u.name, ',')) AS n;
-- name: function_that_does_not_care
SELECT n, u.id FROM users u, generate_series(1, 2) AS n;
-- name: natural_join_loses_a_column changes
SELECT count(*) FROM users NATURAL JOIN people;
-- name: using
SELECT count(*) FROM users JOIN people USING (id, name);
-- name: using_what_stays
SELECT people.name FROM users JOIN people USING (id);
-- name: whole_row
SELECT row_to_json(u) FROM users u;
-- name: insert_into_it
INSERT INTO users (name, email) VALUES ('x', 'y');
-- name: insert_alias
INSERT INTO users AS u (name, email) VALUES ('x', 'a@x') ON CONFLICT (email) DO UPDATE SET name = excluded.name;
-- name: insert_without_a_list
INSERT INTO posts VALUES (2, 1, 'x', 'y');
-- name: excluded_lacks_it
INSERT INTO users (email, full_name) VALUES ('x', 'y') ON CONFLICT DO NOTHING;
-- name: insert_select
INSERT INTO posts (id, user_id, title) SELECT 5, id, name FROM users;
-- name: update_target
UPDATE users SET name = 'x' WHERE id = 1;
-- name: update_source
UPDATE posts SET title = u.name FROM users u WHERE u.id = posts.user_id;
-- name: update_where
UPDATE users SET age = 2 WHERE name = 'a';
-- name: update_several
UPDATE users SET (age, name) = (1, 'b') WHERE id = 1;
-- name: delete_where
DELETE FROM posts USING users u WHERE u.id = posts.user_id AND u.name = 'zz';
-- name: modifying_cte
WITH up AS (UPDATE users SET age = 3 RETURNING id, name) SELECT name FROM up;
-- name: merge_source
MERGE INTO posts p USING users u ON p.user_id = u.id WHEN MATCHED THEN UPDATE SET title = u.name;
-- name: merge_target
MERGE INTO users u USING posts p ON p.user_id = u.id WHEN MATCHED THEN UPDATE SET name = p.title;
-- name: union
SELECT title FROM posts UNION SELECT name FROM users;
-- name: parameter_in_limit
SELECT id FROM users LIMIT $1 OFFSET $2;
-- name: quoted_in_capitals_never_worked
SELECT "Name" FROM users;
-- name: in_subquery changes
SELECT id FROM posts WHERE title IN (SELECT name FROM users);
-- name: any_subquery
SELECT id FROM posts WHERE title = ANY (SELECT u.name FROM users u);
-- name: array_subquery
SELECT ARRAY(SELECT name FROM users);
-- name: scalar_in_the_list
SELECT (SELECT u.name FROM users u WHERE u.id = p.user_id) FROM posts p;
-- name: for_update
SELECT id FROM users WHERE name = 'a' FOR UPDATE SKIP LOCKED;
-- name: for_no_key_update
SELECT id FROM users FOR NO KEY UPDATE OF users;
-- name: system_column
SELECT ctid, xmin FROM users;
-- name: table_command
TABLE users;
