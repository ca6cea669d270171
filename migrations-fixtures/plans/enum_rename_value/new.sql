INSERT INTO users (id, mood) SELECT {n} + 1000, label FROM unnest(enum_range(NULL::mood)) AS label WHERE label::text IN ('good', 'fine') ON CONFLICT (id) DO NOTHING
UPDATE users SET mood = (SELECT label FROM unnest(enum_range(NULL::public.mood)) AS label WHERE label::text IN ('good', 'fine')) WHERE id = {id} RETURNING mood::text IN ('good', 'fine')
SELECT mood::text IN ('good', 'fine', 'bad') FROM users WHERE id = {id}
SELECT true FROM happy WHERE id = {id}
