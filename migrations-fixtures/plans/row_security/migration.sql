ALTER TABLE notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON notes USING (tenant = current_setting('app.tenant', true)::int);
CREATE POLICY "Reads all" ON notes FOR SELECT USING (current_setting('app.role', true) = 'auditor');
