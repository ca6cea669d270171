SELECT posts.id FROM posts JOIN places ON places.id = place_id WHERE posts.region IS NOT NULL AND posts.region <> places.region
