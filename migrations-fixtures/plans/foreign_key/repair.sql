DELETE FROM orders WHERE NOT EXISTS (SELECT FROM users WHERE users.id = user_id);
