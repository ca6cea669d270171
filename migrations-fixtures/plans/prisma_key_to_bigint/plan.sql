-- == comment_postid_expand ==
-- concertina: phase expand

-- A second column for Comment.postId as bigint. The trigger makes it follow what releases write
-- into the first.
ALTER TABLE public."Comment" ADD COLUMN "concertina_Comment_postId_new" bigint;
CREATE FUNCTION public."concertina_Comment_postId_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  IF TG_OP = 'UPDATE' AND ROW(NEW."concertina_Comment_postId_new")::record *<> ROW(OLD."concertina_Comment_postId_new")::record
     AND ROW(NEW."postId")::record *= ROW(OLD."postId")::record THEN
    NEW."postId" := NEW."concertina_Comment_postId_new";
  ELSE
    NEW."concertina_Comment_postId_new" := NEW."postId";
  END IF;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "zz_concertina_Comment_postId_sync" BEFORE INSERT OR UPDATE OF id, "postId", "concertina_Comment_postId_new" ON public."Comment"
  FOR EACH ROW
  WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'public."Comment" ("concertina_Comment_postId_new")') EXECUTE FUNCTION public."concertina_Comment_postId_sync"();

-- == post_id_expand ==
-- concertina: phase expand

-- A second column for Post.id as bigint. The trigger makes it follow what releases write into the
-- first.
ALTER TABLE public."Post" ADD COLUMN "concertina_Post_id_new" bigint;
CREATE FUNCTION public."concertina_Post_id_sync"() RETURNS trigger LANGUAGE plpgsql AS $concertina$
BEGIN
  NEW."concertina_Post_id_new" := NEW.id;
  RETURN NEW;
END
$concertina$;
CREATE TRIGGER "zz_concertina_Post_id_sync" BEFORE INSERT OR UPDATE OF id ON public."Post"
  FOR EACH ROW EXECUTE FUNCTION public."concertina_Post_id_sync"();

-- == comment_postid_backfill ==
-- concertina: phase migrate

-- Fills Comment.concertina_Comment_postId_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public."Comment" SET "concertina_Comment_postId_new" = "postId" WHERE "concertina_Comment_postId_new" IS NULL AND "postId" IS NOT NULL;

-- == post_id_backfill ==
-- concertina: phase migrate

-- Fills Post.concertina_Post_id_new in the rows that were there before the trigger.
-- concertina: batch key=id
UPDATE public."Post" SET "concertina_Post_id_new" = id WHERE "concertina_Post_id_new" IS NULL AND id IS NOT NULL;

-- == post_id_index ==
-- concertina: phase migrate
-- concertina: no-transaction

-- The index Post_pkey for Post.id.
CREATE UNIQUE INDEX CONCURRENTLY "concertina_Post_Post_pkey_copy" ON public."Post" ("concertina_Post_id_new");

-- == comment_postid_constraints ==
-- concertina: phase migrate

-- Declares the second Comment.postId as required: every row written from now on has it.
ALTER TABLE public."Comment" ADD CONSTRAINT "concertina_Comment_postId_not_null" CHECK ("concertina_Comment_postId_new" IS NOT NULL) NOT VALID;

-- == post_id_constraints ==
-- concertina: phase migrate

-- Declares the second Post.id as required: every row written from now on has it.
ALTER TABLE public."Post" ADD CONSTRAINT "concertina_Post_id_not_null" CHECK ("concertina_Post_id_new" IS NOT NULL) NOT VALID;

-- == comment_postid_fkey_foreign_key ==
-- concertina: phase migrate

-- The foreign key Comment_postId_fkey for the second column: it locks both tables, briefly.
ALTER TABLE public."Comment" ADD CONSTRAINT "concertina_Comment_Comment_postId_fkey_copy" FOREIGN KEY ("concertina_Comment_postId_new") REFERENCES public."Post" ("concertina_Post_id_new") ON DELETE RESTRICT ON UPDATE CASCADE NOT VALID;

-- == comment_postid_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public."Comment" VALIDATE CONSTRAINT "concertina_Comment_postId_not_null";

-- == post_id_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public."Post" VALIDATE CONSTRAINT "concertina_Post_id_not_null";

-- == comment_postid_fkey_validate ==
-- concertina: phase migrate

-- Reads the rows that are there; writes go on meanwhile.
ALTER TABLE public."Comment" VALIDATE CONSTRAINT "concertina_Comment_Comment_postId_fkey_copy";

-- == comment_postid_fkey_foreign_key_2 ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- The foreign key of the second column takes the place of Comment_postId_fkey.
ALTER TABLE public."Comment" DROP CONSTRAINT "Comment_postId_fkey";
ALTER TABLE public."Comment" RENAME CONSTRAINT "concertina_Comment_Comment_postId_fkey_copy" TO "Comment_postId_fkey";

-- == comment_postid_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes Comment.postId as it will be: the second column takes the place and the
-- names of the first.
DROP TRIGGER "zz_concertina_Comment_postId_sync" ON public."Comment";
DROP FUNCTION public."concertina_Comment_postId_sync"();
ALTER TABLE public."Comment" ALTER COLUMN "concertina_Comment_postId_new" SET NOT NULL;
ALTER TABLE public."Comment" DROP CONSTRAINT "concertina_Comment_postId_not_null";
ALTER TABLE public."Comment" DROP COLUMN "postId";
ALTER TABLE public."Comment" RENAME COLUMN "concertina_Comment_postId_new" TO "postId";

-- == post_id_contract ==
-- concertina: phase contract
-- concertina: after 2.0.0

-- Every live instance takes Post.id as it will be: the second column takes the place and the names
-- of the first.
DROP TRIGGER "zz_concertina_Post_id_sync" ON public."Post";
DROP FUNCTION public."concertina_Post_id_sync"();
ALTER TABLE public."Post" ALTER COLUMN "concertina_Post_id_new" SET DEFAULT nextval('"Post_id_seq"'::regclass);
ALTER TABLE public."Post" ALTER COLUMN "concertina_Post_id_new" SET NOT NULL;
ALTER TABLE public."Post" DROP CONSTRAINT "concertina_Post_id_not_null";
ALTER SEQUENCE public."Post_id_seq" OWNED BY public."Post"."concertina_Post_id_new";
ALTER TABLE public."Post" DROP COLUMN id;
ALTER TABLE public."Post" RENAME COLUMN "concertina_Post_id_new" TO id;
ALTER TABLE public."Post" ADD CONSTRAINT "Post_pkey" PRIMARY KEY USING INDEX "concertina_Post_Post_pkey_copy";

-- N: reads and writes Comment.postId as integer; the database keeps a second column of the new type; reads and writes Post.id as integer; the database keeps a second column of the new type
-- N+1: takes Comment.postId as integer and as bigint: the contract phase changes it under its feet, when no instance below N+1 is alive; takes Post.id as integer and as bigint: the contract phase changes it under its feet, when no instance below N+1 is alive
-- N+2: may write values of Comment.postId that only bigint can hold; may write values of Post.id that only bigint can hold
-- note: Comment.postId becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: Post.id becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place
-- note: while both columns of Post.id have a unique index, INSERT .. ON CONFLICT (id) can meet the other one's 23505 when two sessions insert the same key at once: retry it
