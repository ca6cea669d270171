-- schema
CREATE TABLE orders (id serial PRIMARY KEY, status text NOT NULL DEFAULT 'new', amount int, note text, user_id int);
CREATE TABLE users (id int PRIMARY KEY);
INSERT INTO users VALUES (1);
INSERT INTO orders (status, amount, note) VALUES ('new', 1, 'x');

-- change
ALTER TABLE orders ADD CONSTRAINT status_known CHECK (status IN ('new', 'paid', 'sent'));
ALTER TABLE orders ADD CONSTRAINT amount_positive CHECK (amount > 0 AND amount < 1000);
ALTER TABLE orders ADD CONSTRAINT note_there CHECK (note IS NOT NULL) NOT VALID;
ALTER TABLE orders ADD CONSTRAINT user_there FOREIGN KEY (user_id) REFERENCES users;

-- queries
-- name: good
INSERT INTO orders (status, amount, note) VALUES ('paid', 5, 'n');
-- name: bad_word
INSERT INTO orders (status, amount, note) VALUES ('lost', 5, 'n');
-- name: bad_number
INSERT INTO orders (amount, note) VALUES (0, 'n');
-- name: negative_number
INSERT INTO orders (amount, note) VALUES (-5, 'n');
-- name: null_passes_a_comparison
INSERT INTO orders (amount, note) VALUES (NULL, 'n');
-- name: omitted_note
INSERT INTO orders (amount) VALUES (5);
-- name: first_by_name
INSERT INTO orders (status, amount) VALUES ('lost', 0);
-- name: updated
UPDATE orders SET status = 'lost';
-- name: updated_well unknown
UPDATE orders SET status = 'sent';
-- name: parameter unknown
UPDATE orders SET status = $1;
-- name: computed unknown
UPDATE orders SET amount = amount - 1;
-- name: refers unknown
INSERT INTO orders (note, user_id) VALUES ('n', 1);
-- name: deletes_the_referenced unknown
DELETE FROM users WHERE id = 5;
-- name: read
SELECT status FROM orders;
