INSERT INTO words (id, word) VALUES ({n} + 5000, {fresh}) ON CONFLICT DO NOTHING
UPDATE words SET word = {fresh} WHERE id = {id} RETURNING id = {id}
