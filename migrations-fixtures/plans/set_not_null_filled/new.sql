INSERT INTO users VALUES ({n} + 1000, {text}, {text}) ON CONFLICT (id) DO UPDATE SET bio = {text} RETURNING bio = {text}
UPDATE users SET bio = {text} WHERE id = {id} RETURNING bio = {text}
INSERT INTO users (id, name) VALUES ({n} + 1000, {text}) ON CONFLICT (id) DO UPDATE SET bio = {text} RETURNING bio IS NOT NULL
