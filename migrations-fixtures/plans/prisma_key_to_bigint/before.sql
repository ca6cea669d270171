CREATE TABLE "Post" (id serial, title text, CONSTRAINT "Post_pkey" PRIMARY KEY (id));
CREATE TABLE "Comment" (id bigint PRIMARY KEY, "postId" int NOT NULL, CONSTRAINT "Comment_postId_fkey" FOREIGN KEY ("postId") REFERENCES "Post" (id) ON DELETE RESTRICT ON UPDATE CASCADE);
INSERT INTO "Post" (title) SELECT 't' || i FROM generate_series(1, 500) i;
INSERT INTO "Comment" SELECT i, i FROM generate_series(1, 500) i;
