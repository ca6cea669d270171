INSERT INTO users (id, name) VALUES ({fresh}, {text}) RETURNING name = {text}
SELECT name <> '' FROM named WHERE id = {id}
