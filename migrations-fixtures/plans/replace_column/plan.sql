-- == replace_column_expand ==
-- concertina: phase expand

CREATE TYPE "Visibility" AS ENUM ('all', 'ADMIN');

-- == document_visibility_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The new Document.visibility takes the place of the old one, whose values are lost; no row is
-- written.
-- concertina: allow drop-column because "every live instance takes Document.visibility as it was and as it will be"
ALTER TABLE "Document" DROP COLUMN visibility;
ALTER TABLE "Document" ADD COLUMN     visibility "Visibility" NOT NULL DEFAULT 'all';

-- N: reads and writes the old Document.visibility
-- N+1: takes Document.visibility as either: the contract phase swaps it when no instance below N+1 is alive
-- note: the values of the old Document.visibility are lost: to keep them, write ALTER COLUMN visibility TYPE .. USING instead
