ALTER TABLE users ADD PRIMARY KEY (id), ADD CONSTRAINT users_email UNIQUE (tenant, email);
CREATE UNIQUE INDEX users_lower ON users (lower(email));
