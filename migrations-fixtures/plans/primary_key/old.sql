INSERT INTO tags VALUES (NULL, {id}, {text}) RETURNING b = {id}
UPDATE tags SET label = {text} WHERE a = {id} RETURNING label = {text}
