CREATE TABLE "Weird ""Table""" (
    "select" int PRIMARY KEY,
    "if" text NOT NULL UNIQUE,
    a23456789_123456789_123456789_123456789_123456789_123456789_123 numeric(10, 2)[] CHECK (array_length(a23456789_123456789_123456789_123456789_123456789_123456789_123, 1) > 0)
);
CREATE INDEX "Größe $$" ON "Weird ""Table""" USING hash ("if");
INSERT INTO "Weird ""Table""" SELECT i, 'k' || i, ARRAY[i, i] FROM generate_series(1, 1000) i;
