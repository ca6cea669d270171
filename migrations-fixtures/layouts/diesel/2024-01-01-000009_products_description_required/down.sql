ALTER TABLE products ADD CONSTRAINT products_description_present CHECK (description IS NOT NULL) NOT VALID;
ALTER TABLE products ALTER COLUMN description DROP NOT NULL;
