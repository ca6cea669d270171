CREATE TABLE notes (id int PRIMARY KEY, tenant int NOT NULL, body text);
INSERT INTO notes SELECT i, i % 3, 'b' FROM generate_series(1, 500) i;
CREATE POLICY own ON notes USING (tenant = 1);
CREATE POLICY "No spam" ON notes AS RESTRICTIVE USING (body <> 'spam');
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
