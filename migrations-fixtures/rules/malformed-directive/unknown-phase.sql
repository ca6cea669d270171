-- migration
-- concertina: phase contarct
--~ warning malformed-directive hygiene
CREATE TABLE fresh (a int);
