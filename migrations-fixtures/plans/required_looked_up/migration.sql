ALTER TABLE posts ADD COLUMN region int, ADD COLUMN label text;
UPDATE posts p SET region = s.region FROM places s WHERE s.id = p.place_id -- every one has a place
;
ALTER TABLE posts ALTER COLUMN region SET NOT NULL;
