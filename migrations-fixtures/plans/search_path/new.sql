INSERT INTO app.k (id, title) VALUES ({fresh}, {text}) RETURNING title = {text}
