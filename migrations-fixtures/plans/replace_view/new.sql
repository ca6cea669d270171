SELECT name = 'n' AND age >= 18 FROM adults WHERE id = {id}
SELECT name = 'n' FROM names WHERE id = {id}
SELECT true FROM ages WHERE id = {id}
-- once migrated
SELECT NOT bot FROM everybody WHERE id = {id}
