WITH p AS (INSERT INTO "Post" (title) VALUES ('x') RETURNING id) INSERT INTO "Comment" (id, "postId") SELECT {fresh}, max(id) FROM "Post" RETURNING "postId" > 0
UPDATE "Post" SET title = 'y' WHERE id = {id} RETURNING title = 'y'
