INSERT INTO items (label) VALUES ({text}) RETURNING id > 0
UPDATE items SET label = {text} WHERE id = {id} RETURNING label = {text}
DELETE FROM items WHERE id = {id} AND id % 5 = 0
SELECT count(*) = 0 FROM parts LEFT JOIN items ON items.id = item WHERE items.id IS NULL
