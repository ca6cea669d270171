-- == words_word_expand ==
-- concertina: phase expand

-- A second column for words.word as text. The trigger makes it follow what releases write into the
-- first.
ALTER TABLE public.words ADD COLUMN concertina_words_word_new text COLLATE "C";
CREATE FUNCTION public.concertina_words_word_sync() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW.concertina_words_word_new := NEW.word;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER zz_concertina_words_word_sync BEFORE INSERT OR UPDATE OF id, word ON public.words
  FOR EACH ROW EXECUTE FUNCTION public.concertina_words_word_sync();

-- == words_word_backfill ==
-- concertina: phase migrate

-- Fills words.concertina_words_word_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public.words SET concertina_words_word_new = word WHERE concertina_words_word_new IS NULL AND word IS NOT NULL;

-- == words_word_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index words_word_key for words.word.
CREATE UNIQUE INDEX CONCURRENTLY concertina_words_words_word_key_copy ON public.words (concertina_words_word_new);

-- == words_word_constraints ==
-- concertina: phase migrate

-- Declares the second words.word as required: every row written from now on has it.
ALTER TABLE public.words ADD CONSTRAINT concertina_words_word_not_null CHECK (concertina_words_word_new IS NOT NULL) NOT VALID;

-- == words_word_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public.words VALIDATE CONSTRAINT concertina_words_word_not_null;

-- == words_word_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes words.word as it will be: the second column takes the place and the
-- names of the first.
DROP TRIGGER zz_concertina_words_word_sync ON public.words;
DROP FUNCTION public.concertina_words_word_sync();
ALTER TABLE public.words ALTER COLUMN concertina_words_word_new SET NOT NULL;
ALTER TABLE public.words DROP CONSTRAINT concertina_words_word_not_null;
ALTER TABLE public.words DROP COLUMN word;
ALTER TABLE public.words RENAME COLUMN concertina_words_word_new TO word;
ALTER TABLE public.words ADD CONSTRAINT words_word_key UNIQUE USING INDEX concertina_words_words_word_key_copy;

-- N: reads and writes words.word as text; the database keeps a second column of the new type
-- N+1: takes words.word as text and as text COLLATE "C": the contract phase changes it under its feet, when no instance below N+1 is alive
-- N+2: may write values of words.word that only text COLLATE "C" can hold
-- note: words.word becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: while both columns of words.word have a unique index, INSERT .. ON CONFLICT (word) can meet the other one's 23505 when two sessions insert the same key at once: retry it
