INSERT INTO events VALUES ({fresh}, '2024-05-05', {text}) RETURNING note = {text}
INSERT INTO events_2025 VALUES ({fresh}, '2025-05-05', {text}) RETURNING note = {text}
SELECT count(*) > 0 FROM events
