INSERT INTO items (label) VALUES ({text}) RETURNING item_id > 0
-- once migrated
UPDATE items SET label = {text} WHERE item_id = {id} RETURNING label = {text}
