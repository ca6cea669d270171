INSERT INTO app.k (id, name) VALUES ({fresh}, {text}) RETURNING name = {text}
