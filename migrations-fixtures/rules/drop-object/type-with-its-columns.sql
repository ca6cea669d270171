-- history
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (id bigint PRIMARY KEY, feels mood);
-- migration
DROP TYPE mood CASCADE; --~ warning drop-object destructive,breaks-app
