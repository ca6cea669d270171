SELECT id FROM a WHERE shout <> name || '!'
