SELECT posts.id FROM posts JOIN places ON places.id = place_id WHERE posts.region IS NOT NULL AND posts.region <> places.region
UNION ALL SELECT posts.id FROM posts WHERE id >= 2000000 AND (label, long) IS DISTINCT FROM ('new', true)
