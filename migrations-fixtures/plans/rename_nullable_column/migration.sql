ALTER TABLE notes RENAME body TO content;
ALTER TABLE notes RENAME COLUMN meta TO "Meta Data";
