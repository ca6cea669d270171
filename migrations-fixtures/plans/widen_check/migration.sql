ALTER TABLE orders DROP CONSTRAINT "State?", ADD CONSTRAINT "State?" CHECK (state IN ('open', 'paid', 'sent'));
