INSERT INTO users (id, tenant, email) VALUES ({fresh}::bigint, 2, {fresh}) ON CONFLICT DO NOTHING
UPDATE users SET email = {fresh} WHERE id = {id} RETURNING email = {fresh}
-- once migrated
INSERT INTO users (id, tenant, email) VALUES ({fresh}::bigint, 3, {fresh}) ON CONFLICT (tenant, email) DO NOTHING
