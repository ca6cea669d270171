INSERT INTO users (id, full_name) VALUES ({fresh}, {text}) RETURNING full_name = {text}
SELECT name <> '' FROM named WHERE id = {id}
