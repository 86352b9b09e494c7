-- What the migrations make and prisma/schema cannot say. Written by `npm run drift -- --write`.

-- constraint session.session_generation_check
ALTER TABLE session ADD CONSTRAINT session_generation_check CHECK ((generation >= 1));

-- function notify_principal_changed()
CREATE OR REPLACE FUNCTION public.notify_principal_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
$function$;

-- index session_revoked_at_idx
CREATE INDEX session_revoked_at_idx ON public.session USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);

-- trigger "user".user_changed
CREATE TRIGGER user_changed AFTER UPDATE ON public."user" FOR EACH ROW WHEN ((new.disabled_at IS DISTINCT FROM old.disabled_at)) EXECUTE FUNCTION notify_principal_changed('id');

-- trigger "user".user_deleted
CREATE TRIGGER user_deleted AFTER DELETE ON public."user" FOR EACH ROW EXECUTE FUNCTION notify_principal_changed('id');

-- trigger password_credential.password_credential_changed
CREATE TRIGGER password_credential_changed AFTER UPDATE ON public.password_credential FOR EACH ROW WHEN ((new.version IS DISTINCT FROM old.version)) EXECUTE FUNCTION notify_principal_changed('user_id');

-- trigger password_credential.password_credential_deleted
CREATE TRIGGER password_credential_deleted AFTER DELETE ON public.password_credential FOR EACH ROW EXECUTE FUNCTION notify_principal_changed('user_id');

-- trigger session.session_changed
CREATE TRIGGER session_changed AFTER UPDATE ON public.session FOR EACH ROW WHEN (((new.revoked_at IS DISTINCT FROM old.revoked_at) OR (new.user_id IS DISTINCT FROM old.user_id) OR (new.expires_at < old.expires_at) OR (new.idle_expires_at < old.idle_expires_at))) EXECUTE FUNCTION notify_principal_changed('user_id');

-- trigger session.session_deleted
CREATE TRIGGER session_deleted AFTER DELETE ON public.session FOR EACH ROW WHEN (((old.revoked_at IS NULL) AND (old.idle_expires_at > now()) AND (old.expires_at > now()))) EXECUTE FUNCTION notify_principal_changed('user_id');

-- trigger user_role.user_role_changed
CREATE TRIGGER user_role_changed AFTER INSERT OR DELETE OR UPDATE ON public.user_role FOR EACH ROW EXECUTE FUNCTION notify_principal_changed('user_id');
