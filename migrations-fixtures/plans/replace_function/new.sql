SELECT price({id}) = {id} * 2
SELECT greet('x', 'hello') = 'hello x'
