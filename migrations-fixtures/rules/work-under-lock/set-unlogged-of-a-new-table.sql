-- migration
CREATE TABLE fresh (id bigint PRIMARY KEY);
ALTER TABLE fresh SET UNLOGGED;
