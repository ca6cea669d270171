UPDATE notes SET body = {text} WHERE id = {id} RETURNING body = {text}
