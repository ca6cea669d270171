-- migration
CREATE TABLE fresh (a int);
CREATE TABLE other (a text DEFAULT 'x --~ error opaque-statement fails
