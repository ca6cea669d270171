CREATE TABLE accounts (id int PRIMARY KEY, mail text NOT NULL);
CREATE TABLE settings (account_id int PRIMARY KEY REFERENCES accounts (id), theme text NOT NULL, size int DEFAULT 12, note varchar(40));
INSERT INTO accounts SELECT i, 'm' || i FROM generate_series(1, 2000) i;
INSERT INTO settings SELECT i, 't' || i, i, 'n' FROM generate_series(1, 2000) i WHERE i % 4 > 0;
