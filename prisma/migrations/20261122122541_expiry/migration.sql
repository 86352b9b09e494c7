-- CreateIndex
CREATE INDEX "one_time_token_expires_at_idx" ON "one_time_token"("expires_at");

-- CreateIndex
CREATE INDEX "session_idle_expires_at_idx" ON "session"("idle_expires_at");

-- CreateIndex
CREATE INDEX "sign_up_created_at_idx" ON "sign_up"("created_at");

-- Sessions that were revoked are looked for by when, to be removed a day later.
CREATE INDEX "session_revoked_at_idx" ON "session"("revoked_at") WHERE "revoked_at" IS NOT NULL;

-- A session that is over by itself takes nothing away when its row goes: every instance knows when it ends.
DROP TRIGGER session_deleted ON "session";

CREATE TRIGGER session_deleted AFTER DELETE ON "session" FOR EACH ROW
WHEN (OLD.revoked_at IS NULL AND OLD.idle_expires_at > now() AND OLD.expires_at > now())
EXECUTE FUNCTION notify_principal_changed('user_id');
