SELECT * FROM users WHERE locale IS NULL OR active IS NULL;
