INSERT INTO notes VALUES ({n} + 1000, 1, {text}) ON CONFLICT (id) DO UPDATE SET body = {text} RETURNING body = {text}
UPDATE notes SET body = {text} WHERE id = {id} RETURNING body = {text}
