-- What the migrations make and prisma/schema cannot say. Written by `npm run drift -- --write`.

-- constraint session.session_generation_check
ALTER TABLE session ADD CONSTRAINT session_generation_check CHECK ((generation >= 1));

-- function notify_all_principals_changed()
CREATE OR REPLACE FUNCTION public.notify_all_principals_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM pg_notify('principal_changed', '');
  RETURN NULL;
END
$function$;

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

-- function notify_sessions_ended()
CREATE OR REPLACE FUNCTION public.notify_sessions_ended()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_nestloop TO 'off'
AS $function$
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
$function$;

-- index session_revoked_at_idx
CREATE INDEX session_revoked_at_idx ON public.session USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);

-- trigger "user".user_changed
CREATE TRIGGER user_changed AFTER UPDATE ON public."user" FOR EACH ROW WHEN ((new.disabled_at IS DISTINCT FROM old.disabled_at)) EXECUTE FUNCTION notify_principal_changed('id');

-- trigger "user".user_deleted
CREATE TRIGGER user_deleted AFTER DELETE ON public."user" FOR EACH ROW EXECUTE FUNCTION notify_principal_changed('id');

-- trigger "user".user_truncated
CREATE TRIGGER user_truncated AFTER TRUNCATE ON public."user" FOR EACH STATEMENT EXECUTE FUNCTION notify_all_principals_changed();

-- trigger password_credential.password_credential_changed
CREATE TRIGGER password_credential_changed AFTER UPDATE ON public.password_credential FOR EACH ROW WHEN ((new.version IS DISTINCT FROM old.version)) EXECUTE FUNCTION notify_principal_changed('user_id');

-- trigger password_credential.password_credential_deleted
CREATE TRIGGER password_credential_deleted AFTER DELETE ON public.password_credential FOR EACH ROW EXECUTE FUNCTION notify_principal_changed('user_id');

-- trigger password_credential.password_credential_truncated
CREATE TRIGGER password_credential_truncated AFTER TRUNCATE ON public.password_credential FOR EACH STATEMENT EXECUTE FUNCTION notify_all_principals_changed();

-- trigger session.session_changed
CREATE TRIGGER session_changed AFTER UPDATE ON public.session REFERENCING OLD TABLE AS old_session NEW TABLE AS new_session FOR EACH STATEMENT EXECUTE FUNCTION notify_sessions_ended();

-- trigger session.session_deleted
CREATE TRIGGER session_deleted AFTER DELETE ON public.session REFERENCING OLD TABLE AS old_session FOR EACH STATEMENT EXECUTE FUNCTION notify_sessions_ended();

-- trigger session.session_moved
CREATE TRIGGER session_moved AFTER UPDATE ON public.session FOR EACH ROW WHEN (((new.user_id IS DISTINCT FROM old.user_id) OR (new.id IS DISTINCT FROM old.id))) EXECUTE FUNCTION notify_principal_changed('user_id');

-- trigger session.session_truncated
CREATE TRIGGER session_truncated AFTER TRUNCATE ON public.session FOR EACH STATEMENT EXECUTE FUNCTION notify_all_principals_changed();

-- trigger user_role.user_role_changed
CREATE TRIGGER user_role_changed AFTER INSERT OR DELETE OR UPDATE ON public.user_role FOR EACH ROW EXECUTE FUNCTION notify_principal_changed('user_id');

-- trigger user_role.user_role_truncated
CREATE TRIGGER user_role_truncated AFTER TRUNCATE ON public.user_role FOR EACH STATEMENT EXECUTE FUNCTION notify_all_principals_changed();
