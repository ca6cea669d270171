INSERT INTO users VALUES ({id}, 'e{id}', 1)
