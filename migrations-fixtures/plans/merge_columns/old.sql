INSERT INTO people (id, first_name, last_name) VALUES ({n} + 2000, {text}, 'x') ON CONFLICT (id) DO UPDATE SET last_name = {text} RETURNING true
UPDATE people SET first_name = {text} WHERE id = {id} RETURNING first_name = {text}
UPDATE people SET note = {text} WHERE id = {id} RETURNING note = {text}
DELETE FROM people WHERE id = {id}
COPY people (id, first_name, last_name) FROM STDIN WITH (FORMAT csv, QUOTE '''') <<< {fresh},{text},'z'
