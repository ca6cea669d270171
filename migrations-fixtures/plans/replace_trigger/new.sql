UPDATE users SET name = {text} WHERE id = {id} RETURNING name = {text} AND changed > 0
