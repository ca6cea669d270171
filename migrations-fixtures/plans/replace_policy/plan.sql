-- == notes_own_expand ==
-- concertina: phase expand

-- The new policy own beside the old one: what either of the two allows is allowed.
CREATE POLICY concertina_notes_own_new ON public.notes FOR ALL TO PUBLIC USING (tenant = 2) WITH CHECK (tenant IN (1, 2));

-- == notes_own_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- No live instance needs what the old policy own allows: the new one takes its name.
DROP POLICY own ON public.notes;
ALTER POLICY concertina_notes_own_new ON public.notes RENAME TO own;

-- The new policy No spam takes the place of the old one: no query meets neither or both.
DROP POLICY "No spam" ON notes;
CREATE POLICY "No spam" ON notes AS RESTRICTIVE USING (body <> 'Spam');

-- N: sees and writes the rows that the old policy own allows; sees and writes the rows that the old policy No spam allows
-- N+1: works under the new policy own, and may see rows that only the old one allows until the contract phase, which runs when no instance below N+1 is alive; works under the old policy No spam and under the new one: the contract phase swaps them when no instance below N+1 is alive
