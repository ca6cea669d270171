-- == orders_index ==
-- concertina: phase expand
-- concertina: no-transaction

-- Builds the index while writes go on; it waits for transactions that are older.
CREATE INDEX CONCURRENTLY ON orders (user_id);

-- == orders_user_id_fkey_tighten ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every row written from now on refers to a row of users; locks both tables, briefly. The rows that
-- are there are not read yet.
ALTER TABLE orders ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE DEFERRABLE NOT VALID;

-- == orders_user_id_fkey_validate ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.orders VALIDATE CONSTRAINT orders_user_id_fkey;

-- N: may write rows that orders_user_id_fkey refuses; works as before, on every schema on the way
-- N+1: writes no such row: the contract phase runs when no instance below N+1 is alive
-- note: rows that violate orders_user_id_fkey stop the VALIDATE: repair them first
