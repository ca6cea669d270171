SELECT * FROM people WHERE full_name IS DISTINCT FROM first_name || ' ' || last_name AND id > 0;
