INSERT INTO events VALUES ({id}, date '2024-06-01' + {id}, {text}) RETURNING kind = {text}
UPDATE events SET kind = {text} WHERE id = {id} RETURNING kind = {text}
