-- concertina: phase contract
-- concertina: after 3.0.0
ALTER TABLE products VALIDATE CONSTRAINT products_description_present;
ALTER TABLE products ALTER COLUMN description SET NOT NULL;
ALTER TABLE products DROP CONSTRAINT products_description_present;
