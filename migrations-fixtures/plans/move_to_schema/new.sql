UPDATE archive."Old Users" SET name = {text} WHERE "Id" = {id} RETURNING name = {text}
