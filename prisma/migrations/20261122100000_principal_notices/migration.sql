-- Tells every instance whose principal has changed, whoever changed it: the server, another instance, or somebody with psql.
-- Never on a refresh or when a session is seen, which happen all the time and take nothing away.

CREATE FUNCTION notify_principal_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The argument names the column that holds the user's id.
  IF TG_OP <> 'INSERT' THEN
    PERFORM pg_notify('principal_changed', to_jsonb(OLD) ->> TG_ARGV[0]);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pg_notify('principal_changed', to_jsonb(NEW) ->> TG_ARGV[0]);
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER session_changed AFTER UPDATE ON "session" FOR EACH ROW
WHEN (
  NEW.revoked_at IS DISTINCT FROM OLD.revoked_at
  OR NEW.user_id IS DISTINCT FROM OLD.user_id
  OR NEW.expires_at < OLD.expires_at
  OR NEW.idle_expires_at < OLD.idle_expires_at
)
EXECUTE FUNCTION notify_principal_changed('user_id');

CREATE TRIGGER session_deleted AFTER DELETE ON "session" FOR EACH ROW
WHEN (OLD.revoked_at IS NULL)
EXECUTE FUNCTION notify_principal_changed('user_id');

CREATE TRIGGER user_changed AFTER UPDATE ON "user" FOR EACH ROW
WHEN (NEW.disabled_at IS DISTINCT FROM OLD.disabled_at)
EXECUTE FUNCTION notify_principal_changed('id');

CREATE TRIGGER user_deleted AFTER DELETE ON "user" FOR EACH ROW
EXECUTE FUNCTION notify_principal_changed('id');

CREATE TRIGGER user_role_changed AFTER INSERT OR UPDATE OR DELETE ON "user_role" FOR EACH ROW
EXECUTE FUNCTION notify_principal_changed('user_id');

CREATE TRIGGER password_credential_changed AFTER UPDATE ON "password_credential" FOR EACH ROW
WHEN (NEW.version IS DISTINCT FROM OLD.version)
EXECUTE FUNCTION notify_principal_changed('user_id');

CREATE TRIGGER password_credential_deleted AFTER DELETE ON "password_credential" FOR EACH ROW
EXECUTE FUNCTION notify_principal_changed('user_id');
