INSERT INTO items (label) VALUES ({text}) RETURNING item_id > 0
-- once migrated
UPDATE items SET label = {text} WHERE item_id = {id} RETURNING label = {text}
SELECT count(*) = 0 FROM parts LEFT JOIN items ON items.item_id = item WHERE items.item_id IS NULL
