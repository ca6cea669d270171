-- change
ALTER TABLE payments ALTER COLUMN state DROP DEFAULT, ALTER COLUMN state TYPE text;
DROP TYPE payment_state;

-- query
SELECT 'captured'::payment_state;
