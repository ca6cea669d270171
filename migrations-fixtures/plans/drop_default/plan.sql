-- == users_tier_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance gives users.tier itself: takes the default away.
ALTER TABLE users ALTER COLUMN tier DROP DEFAULT;

-- N: may leave users.tier to its default
-- N+1: gives users.tier in every INSERT, since one without it fails later: the contract phase runs when no instance below N+1 is alive
