INSERT INTO users (id, first_name, "Last Name") VALUES ({n} + 2000, 'Bo', {text}) ON CONFLICT (id) DO UPDATE SET first_name = 'Bo', "Last Name" = {text} RETURNING "Last Name" = {text}
UPDATE users SET note = {text} WHERE id = {id} RETURNING note = {text}
COPY users (id, first_name, "Last Name") FROM STDIN WITH (FORMAT csv, QUOTE '''') <<< {fresh},'Di',{text}
-- once migrated
UPDATE users SET first_name = 'Cy' WHERE id = {id} RETURNING first_name = 'Cy'
UPDATE users SET "Last Name" = {text} WHERE id = {id} RETURNING "Last Name" = {text}
SELECT first_name IS NOT NULL FROM users WHERE id = {id}
