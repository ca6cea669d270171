SELECT id FROM posts WHERE id >= 2000000 AND (label, long) IS DISTINCT FROM ('new', true)
