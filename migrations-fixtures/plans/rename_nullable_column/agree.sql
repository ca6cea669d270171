SELECT * FROM notes WHERE body IS DISTINCT FROM content OR meta::text IS DISTINCT FROM "Meta Data"::text;
