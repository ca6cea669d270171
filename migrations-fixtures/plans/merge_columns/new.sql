INSERT INTO people (id, full_name) VALUES (- {n} - 1, {text}) ON CONFLICT (id) DO UPDATE SET full_name = {text} RETURNING full_name = {text}
UPDATE people SET note = {text} WHERE id = {id} RETURNING note = {text}
-- once migrated
SELECT full_name IS NOT NULL FROM people WHERE id = {id}
