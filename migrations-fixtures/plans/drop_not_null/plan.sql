-- == users_tier_expand ==
-- concertina: phase expand

-- users.tier may be NULL from here on; no release writes NULL yet.
ALTER TABLE users ALTER COLUMN tier DROP NOT NULL;

-- N: takes for granted that users.tier is never NULL
-- N+1: can read NULL in users.tier, and writes none while N is alive
-- N+2: may write NULL into users.tier
