-- migration
CREATE TABLE tmp_m (a int);
DROP TABLE tmp_m;
