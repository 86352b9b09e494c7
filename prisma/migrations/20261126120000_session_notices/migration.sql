-- One statement may end many sessions. A trigger per row takes time for each of them; one per statement can send one notice
-- for all: an empty payload, on which an instance forgets every principal.

CREATE FUNCTION notify_sessions_ended() RETURNS trigger LANGUAGE plpgsql
-- A session of the database keeps the plan of its first statement, which may have changed one row: a nested loop would be
-- quadratic for many.
SET enable_nestloop = off
AS $$
DECLARE
  -- SESSIONS_PER_USER is 100 at most, so no user can make all instances forget everything.
  many CONSTANT int := 100;
  users uuid[];
BEGIN
  IF TG_OP = 'DELETE' THEN
    -- A session that is over by itself takes nothing away when its row goes: every instance knows when it ends.
    users := ARRAY(
      SELECT user_id FROM old_session
      WHERE revoked_at IS NULL AND idle_expires_at > now() AND expires_at > now()
      LIMIT many + 1);
  ELSE
    -- Never on a refresh or when a session is seen, which happen all the time and take nothing away.
    users := ARRAY(
      SELECT n.user_id FROM old_session o JOIN new_session n ON n.id = o.id
      WHERE n.revoked_at IS DISTINCT FROM o.revoked_at
         OR n.expires_at < o.expires_at OR n.idle_expires_at < o.idle_expires_at
      LIMIT many + 1);
  END IF;
  IF cardinality(users) > many THEN
    PERFORM pg_notify('principal_changed', '');
  ELSIF cardinality(users) > 0 THEN
    PERFORM pg_notify('principal_changed', id::text) FROM (SELECT DISTINCT unnest(users) AS id) AS ended;
  END IF;
  RETURN NULL;
END
$$;

DROP TRIGGER session_changed ON "session";

CREATE TRIGGER session_changed AFTER UPDATE ON "session"
REFERENCING OLD TABLE AS old_session NEW TABLE AS new_session
FOR EACH STATEMENT EXECUTE FUNCTION notify_sessions_ended();

CREATE TRIGGER session_moved AFTER UPDATE ON "session" FOR EACH ROW
WHEN (NEW.user_id IS DISTINCT FROM OLD.user_id OR NEW.id IS DISTINCT FROM OLD.id)
EXECUTE FUNCTION notify_principal_changed('user_id');

DROP TRIGGER session_deleted ON "session";

CREATE TRIGGER session_deleted AFTER DELETE ON "session"
REFERENCING OLD TABLE AS old_session
FOR EACH STATEMENT EXECUTE FUNCTION notify_sessions_ended();

-- TRUNCATE fires none of the other triggers.
CREATE FUNCTION notify_all_principals_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('principal_changed', '');
  RETURN NULL;
END
$$;

CREATE TRIGGER session_truncated AFTER TRUNCATE ON "session"
FOR EACH STATEMENT EXECUTE FUNCTION notify_all_principals_changed();

CREATE TRIGGER user_truncated AFTER TRUNCATE ON "user"
FOR EACH STATEMENT EXECUTE FUNCTION notify_all_principals_changed();

CREATE TRIGGER user_role_truncated AFTER TRUNCATE ON "user_role"
FOR EACH STATEMENT EXECUTE FUNCTION notify_all_principals_changed();

CREATE TRIGGER password_credential_truncated AFTER TRUNCATE ON "password_credential"
FOR EACH STATEMENT EXECUTE FUNCTION notify_all_principals_changed();
