DELETE FROM users WHERE id = {id} AND id % 7 = 0
UPDATE users SET email = email || 'x' WHERE id = {id} AND length(email) < 50
