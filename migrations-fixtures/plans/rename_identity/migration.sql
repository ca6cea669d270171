ALTER TABLE items RENAME id TO item_id;
