UPDATE "Hook" SET url = {text}, y = {n}, limits = '[1]' WHERE id::text = '{id}' RETURNING y = {n} AND limits = '[1]'
DELETE FROM "Hook" WHERE id::text = '{id}'
