-- change
ALTER TYPE payment_state RENAME VALUE 'captured' TO 'taken';

-- query
UPDATE payments SET state = 'captured' WHERE id = 1;
