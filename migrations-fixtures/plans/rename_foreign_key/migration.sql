ALTER TABLE orders RENAME user_id TO customer_id;
