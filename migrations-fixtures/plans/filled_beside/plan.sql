-- == filled_beside_expand ==
-- concertina: phase expand

ALTER TABLE posts ADD COLUMN label text, ADD COLUMN long bool DEFAULT false;

-- == filled_beside_backfill ==
-- concertina: phase migrate

-- concertina: batch key=id
UPDATE posts SET label = CASE WHEN posts.label IS NULL THEN places.label ELSE posts.label END, long = CASE WHEN posts.long IS NOT DISTINCT FROM false THEN length(title) > 10 ELSE posts.long END FROM places WHERE (places.id = place_id) AND (posts.label IS NULL OR posts.long IS NOT DISTINCT FROM false);

-- == posts_label_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- Builds the index while writes go on; it waits for transactions that are older.
CREATE INDEX CONCURRENTLY posts_label ON posts (label);

-- N: works as before, on every schema on the way
