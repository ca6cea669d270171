-- == bookings_no_overlap_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Nobody reads or writes public.bookings while the index of no_overlap is built: PostgreSQL builds
-- no exclusion constraint concurrently, takes none over from an index, and cannot add one as NOT
-- VALID. Measure the build on a copy and announce an outage that long.
-- concertina: allow index-not-concurrent because "the outage for building no_overlap is announced"
ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);

-- N: may write rows that no_overlap refuses
-- N+1: writes no such row: the contract phase runs when no instance below N+1 is alive
-- note: no_overlap cannot be added online: every reader and writer of public.bookings waits for as long as its index is built. The cheapest outage: find the rows that conflict first with a self join, archive what is old, raise maintenance_work_mem for the session, and run this file alone
-- note: on a table that is too large for any outage, make a new table with no_overlap, copy the rows while a trigger on the old one keeps it up to date, and swap the two names
