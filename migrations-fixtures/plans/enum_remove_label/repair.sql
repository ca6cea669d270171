UPDATE "Pets" SET "Mood" = 'good' WHERE "Mood" = 'so-so';
