ALTER TABLE posts ADD COLUMN region int, ADD COLUMN label text, ADD COLUMN long bool DEFAULT false;
UPDATE posts p SET region = s.region FROM places s WHERE s.id = p.place_id -- every one has a place
;
UPDATE posts SET label = places.label, long = length(title) > 10 FROM places WHERE places.id = place_id;
ALTER TABLE posts ALTER COLUMN region SET NOT NULL;
