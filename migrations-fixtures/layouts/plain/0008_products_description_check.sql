-- concertina: phase contract
-- concertina: after 3.0.0
ALTER TABLE products ADD CONSTRAINT products_description_present CHECK (description IS NOT NULL) NOT VALID;
