-- migration assumes
ALTER TABLE acct RENAME COLUMN email TO mail; --~ error rename-column breaks-app
