ALTER TABLE "Old Users" SET SCHEMA archive;
