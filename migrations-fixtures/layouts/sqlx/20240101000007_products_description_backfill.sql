-- concertina: phase migrate
-- concertina: after 3.0.0
UPDATE products SET description = '' WHERE description IS NULL;
