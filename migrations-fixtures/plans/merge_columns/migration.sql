ALTER TABLE people ADD COLUMN full_name text;
UPDATE people AS p SET full_name = p.first_name || ' ' || last_name WHERE full_name IS NULL;
ALTER TABLE people DROP COLUMN first_name, DROP COLUMN last_name;
