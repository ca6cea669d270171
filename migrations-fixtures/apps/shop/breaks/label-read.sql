-- change
ALTER TYPE payment_state RENAME VALUE 'captured' TO 'taken';

-- query
SELECT state FROM payments WHERE id = 1;
