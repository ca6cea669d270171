-- change
ALTER TYPE payment_state RENAME VALUE 'captured' TO 'taken';

-- query
UPDATE payments SET state = $1 WHERE id = 1;
