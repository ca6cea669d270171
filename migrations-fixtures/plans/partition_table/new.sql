INSERT INTO events (id, "Kind") VALUES ({id}, {text}) ON CONFLICT (id, at) DO UPDATE SET "Kind" = EXCLUDED."Kind" RETURNING "Kind" = {text}
INSERT INTO events (id, at, "Kind") VALUES ({n} + 1000, date '2025-01-01' + ({n} % 300)::int, {text}) ON CONFLICT DO NOTHING RETURNING "Kind" = {text}
UPDATE events SET "Kind" = {text} WHERE id = {id} RETURNING "Kind" = {text}
DELETE FROM events WHERE id = {id}
SELECT at IS NOT NULL FROM events WHERE id = {id}
INSERT INTO events (id, at, "Kind") VALUES ({n} + 1000, date '2024-01-01' + ({n} % 300)::int, {null}) ON CONFLICT (id, at) DO UPDATE SET "Kind" = EXCLUDED."Kind"
