UPDATE tags SET label = {text} WHERE a = {id} RETURNING label = {text}
