SELECT name = 'n' FROM adults WHERE id = {id}
SELECT name = 'n' FROM names
SELECT age > 0 FROM ages WHERE id = {id}
SELECT name = 'n' FROM everybody WHERE id = {id}
