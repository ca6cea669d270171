-- concertina: down name = first_name || CASE WHEN "Last Name" = '' THEN '' ELSE ' ' || "Last Name" END
ALTER TABLE users ADD COLUMN first_name text, ADD "Last Name" text;
UPDATE users SET first_name = split_part(name, ' ', 1), "Last Name" = ltrim(substr(name, length(split_part(name, ' ', 1)) + 1));
ALTER TABLE users ALTER first_name SET NOT NULL;
CREATE INDEX users_first_name ON users (first_name);
ALTER TABLE users DROP COLUMN name;
