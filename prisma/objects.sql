-- What the migrations make and prisma/schema cannot say. Written by `npm run drift -- --write`.

-- constraint session.session_generation_check
ALTER TABLE session ADD CONSTRAINT session_generation_check CHECK ((generation >= 1));
