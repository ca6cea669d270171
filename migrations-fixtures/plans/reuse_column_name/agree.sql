SELECT * FROM users WHERE name IS DISTINCT FROM full_name;
