DROP POLICY own ON notes;
CREATE POLICY own ON notes FOR ALL TO PUBLIC USING (tenant = 2) WITH CHECK (tenant IN (1, 2));
DROP POLICY "No spam" ON notes;
CREATE POLICY "No spam" ON notes AS RESTRICTIVE USING (body <> 'Spam');
