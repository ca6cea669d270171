-- migration
CREATE TYPE mood AS ENUM ('sad');
DROP TYPE mood;
