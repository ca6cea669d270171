INSERT INTO people (name) VALUES ({text}) RETURNING lower_name = lower({text})
INSERT INTO people DEFAULT VALUES RETURNING name = 'n'
UPDATE people SET name = {text} WHERE id = {id} RETURNING name = {text}
INSERT INTO people (id, name) VALUES ({id}, {text}) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name RETURNING name = {text}
DELETE FROM people WHERE id = {id}
SELECT true FROM people WHERE id = {id} FOR UPDATE
