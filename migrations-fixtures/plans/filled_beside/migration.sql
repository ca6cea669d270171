ALTER TABLE posts ADD COLUMN label text, ADD COLUMN long bool DEFAULT false;
UPDATE posts SET label = places.label, long = length(title) > 10 FROM places WHERE places.id = place_id;
CREATE INDEX posts_label ON posts (label);
