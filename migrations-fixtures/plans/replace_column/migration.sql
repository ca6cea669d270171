CREATE TYPE "Visibility" AS ENUM ('all', 'ADMIN');
ALTER TABLE "Document" DROP COLUMN visibility,
ADD COLUMN     visibility "Visibility" NOT NULL DEFAULT 'all';
