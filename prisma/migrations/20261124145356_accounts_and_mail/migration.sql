-- AlterEnum
ALTER TYPE "OneTimeTokenPurpose" ADD VALUE 'RESET_PASSWORD';
ALTER TYPE "OneTimeTokenPurpose" ADD VALUE 'CHANGE_EMAIL';

-- AlterEnum
ALTER TYPE "UserOrigin" ADD VALUE 'IMPORT';

-- DropIndex
DROP INDEX "outbox_deliver_after_idx";

-- AlterTable
ALTER TABLE "one_time_token" ADD COLUMN     "new_email" TEXT;

-- AlterTable
ALTER TABLE "outbox" ADD COLUMN     "dead_at" TIMESTAMPTZ(3),
ADD COLUMN     "last_failure" TEXT;

-- AlterTable
ALTER TABLE "user" ADD COLUMN     "erase_after" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "known_device" (
    "user_id" UUID NOT NULL,
    "device" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "known_device_pkey" PRIMARY KEY ("user_id","device")
);

-- CreateTable
CREATE TABLE "spent_limit" (
    "key" TEXT NOT NULL,
    "spent" INTEGER NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "spent_limit_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "spent_limit_expires_at_idx" ON "spent_limit"("expires_at");

-- CreateIndex
CREATE INDEX "outbox_topic_deliver_after_idx" ON "outbox"("topic", "deliver_after");

-- CreateIndex
CREATE INDEX "user_erase_after_idx" ON "user"("erase_after");

-- AddForeignKey
ALTER TABLE "known_device" ADD CONSTRAINT "known_device_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;
