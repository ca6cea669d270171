ALTER TABLE products DROP CONSTRAINT products_description_present;
