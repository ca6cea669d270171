-- == row_security_expand ==
-- concertina: phase expand

CREATE POLICY own_tenant ON notes USING (tenant = current_setting('app.tenant', true)::int);

CREATE POLICY "Reads all" ON notes FOR SELECT USING (current_setting('app.role', true) = 'auditor');

-- == notes_row_security_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- From here on roles that are not the owner of public.notes see and write the rows that its
-- policies allow.
-- concertina: allow row-security because "no live instance is older than the release that is ready for it"
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;

-- From here on the policies hold for the owner of public.notes too; superusers and roles with
-- BYPASSRLS stay exempt.
-- concertina: allow row-security because "no live instance is older than the release that is ready for it"
ALTER TABLE notes FORCE ROW LEVEL SECURITY;

-- N: sees and writes every row of public.notes: the policies are there and do nothing yet
-- N+1: sets what the policies of public.notes ask for (role, settings) on every connection, and works with and without them: the contract phase switches them on when no instance below N+1 is alive
-- note: from the contract on a role sees in public.notes what these policies allow together, and nothing where none is for it: own_tenant (ALL), Reads all (SELECT)
