-- concertina: phase contract
-- concertina: after 4.0.0
DROP TABLE sessions;
