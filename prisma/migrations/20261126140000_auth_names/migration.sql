-- Every table of Gatehouse except "user", and every object that belongs to one, gets a name that begins with auth_: all other
-- names are the application's. No table is copied. Every row and every session stays.

-- "user" first, as in the transactions of a running instance, so that the migration waits for them and is not in a deadlock.
LOCK TABLE "user", "session", "password_credential", "user_role", "sign_up", "one_time_token", "known_device",
  "signing_key", "outbox", "spent_limit", "security_event" IN ACCESS EXCLUSIVE MODE;

-- Enums
ALTER TYPE "UserOrigin" RENAME TO auth_user_origin;
ALTER TYPE "SigningKeyPurpose" RENAME TO auth_signing_key_purpose;
ALTER TYPE "OneTimeTokenPurpose" RENAME TO auth_one_time_token_purpose;

-- Tables
ALTER TABLE "password_credential" RENAME TO auth_password_credential;
ALTER TABLE "user_role" RENAME TO auth_user_role;
ALTER TABLE "sign_up" RENAME TO auth_sign_up;
ALTER TABLE "session" RENAME TO auth_session;
ALTER TABLE "known_device" RENAME TO auth_known_device;
ALTER TABLE "signing_key" RENAME TO auth_signing_key;
ALTER TABLE "one_time_token" RENAME TO auth_one_time_token;
ALTER TABLE "outbox" RENAME TO auth_queue_entry;
ALTER TABLE "spent_limit" RENAME TO auth_rate_limit;
ALTER TABLE "security_event" RENAME TO auth_security_event;

-- Constraints, and the indexes behind them
ALTER TABLE auth_password_credential RENAME CONSTRAINT password_credential_pkey TO auth_password_credential_pkey;
ALTER TABLE auth_password_credential RENAME CONSTRAINT password_credential_user_id_fkey TO auth_password_credential_user_id_fkey;
ALTER TABLE auth_user_role RENAME CONSTRAINT user_role_pkey TO auth_user_role_pkey;
ALTER TABLE auth_user_role RENAME CONSTRAINT user_role_user_id_fkey TO auth_user_role_user_id_fkey;
ALTER TABLE auth_sign_up RENAME CONSTRAINT sign_up_pkey TO auth_sign_up_pkey;
ALTER TABLE auth_sign_up RENAME CONSTRAINT sign_up_user_id_fkey TO auth_sign_up_user_id_fkey;
ALTER TABLE auth_session RENAME CONSTRAINT session_pkey TO auth_session_pkey;
ALTER TABLE auth_session RENAME CONSTRAINT session_user_id_fkey TO auth_session_user_id_fkey;
ALTER TABLE auth_session RENAME CONSTRAINT session_generation_check TO auth_session_generation_check;
ALTER TABLE auth_known_device RENAME CONSTRAINT known_device_user_id_fkey TO auth_known_device_user_id_fkey;
ALTER TABLE auth_signing_key RENAME CONSTRAINT signing_key_pkey TO auth_signing_key_pkey;
ALTER TABLE auth_one_time_token RENAME CONSTRAINT one_time_token_pkey TO auth_one_time_token_pkey;
ALTER TABLE auth_one_time_token RENAME CONSTRAINT one_time_token_user_id_fkey TO auth_one_time_token_user_id_fkey;
ALTER TABLE auth_one_time_token RENAME CONSTRAINT one_time_token_sign_up_id_fkey TO auth_one_time_token_sign_up_id_fkey;
ALTER TABLE auth_queue_entry RENAME CONSTRAINT outbox_pkey TO auth_queue_entry_pkey;
ALTER TABLE auth_rate_limit RENAME CONSTRAINT spent_limit_pkey TO auth_rate_limit_pkey;
ALTER TABLE auth_security_event RENAME CONSTRAINT security_event_pkey TO auth_security_event_pkey;
ALTER TABLE auth_security_event RENAME CONSTRAINT security_event_actor_id_fkey TO auth_security_event_actor_id_fkey;
ALTER TABLE auth_security_event RENAME CONSTRAINT security_event_subject_id_fkey TO auth_security_event_subject_id_fkey;

-- Other indexes
ALTER INDEX user_role_role_idx RENAME TO auth_user_role_role_idx;
ALTER INDEX sign_up_email_canonical_idx RENAME TO auth_sign_up_email_canonical_idx;
ALTER INDEX sign_up_user_id_idx RENAME TO auth_sign_up_user_id_idx;
ALTER INDEX sign_up_created_at_idx RENAME TO auth_sign_up_created_at_idx;
ALTER INDEX session_user_id_idx RENAME TO auth_session_user_id_idx;
ALTER INDEX session_idle_expires_at_idx RENAME TO auth_session_idle_expires_at_idx;
ALTER INDEX session_revoked_at_idx RENAME TO auth_session_revoked_at_idx;
ALTER INDEX signing_key_purpose_created_at_idx RENAME TO auth_signing_key_purpose_created_at_idx;
ALTER INDEX one_time_token_user_id_idx RENAME TO auth_one_time_token_user_id_idx;
ALTER INDEX one_time_token_sign_up_id_idx RENAME TO auth_one_time_token_sign_up_id_idx;
ALTER INDEX one_time_token_expires_at_idx RENAME TO auth_one_time_token_expires_at_idx;
ALTER INDEX spent_limit_expires_at_idx RENAME TO auth_rate_limit_expires_at_idx;
ALTER INDEX security_event_subject_id_created_at_idx RENAME TO auth_security_event_subject_id_created_at_idx;
ALTER INDEX security_event_actor_id_idx RENAME TO auth_security_event_actor_id_idx;

-- Trigger functions and triggers. The channel of the notices keeps its name: it is not an object of the schema.
ALTER FUNCTION notify_principal_changed() RENAME TO auth_notify_principal_changed;
ALTER FUNCTION notify_all_principals_changed() RENAME TO auth_notify_all_principals_changed;
ALTER FUNCTION notify_sessions_ended() RENAME TO auth_notify_sessions_ended;

ALTER TRIGGER user_changed ON "user" RENAME TO auth_user_changed;
ALTER TRIGGER user_deleted ON "user" RENAME TO auth_user_deleted;
ALTER TRIGGER user_truncated ON "user" RENAME TO auth_user_truncated;
ALTER TRIGGER password_credential_changed ON auth_password_credential RENAME TO auth_password_credential_changed;
ALTER TRIGGER password_credential_deleted ON auth_password_credential RENAME TO auth_password_credential_deleted;
ALTER TRIGGER password_credential_truncated ON auth_password_credential RENAME TO auth_password_credential_truncated;
ALTER TRIGGER user_role_changed ON auth_user_role RENAME TO auth_user_role_changed;
ALTER TRIGGER user_role_truncated ON auth_user_role RENAME TO auth_user_role_truncated;
ALTER TRIGGER session_changed ON auth_session RENAME TO auth_session_changed;
ALTER TRIGGER session_deleted ON auth_session RENAME TO auth_session_deleted;
ALTER TRIGGER session_moved ON auth_session RENAME TO auth_session_moved;
ALTER TRIGGER session_truncated ON auth_session RENAME TO auth_session_truncated;

-- An unknown device was '' and becomes null. The unique index treats nulls as equal.
ALTER TABLE auth_known_device
  DROP CONSTRAINT known_device_pkey,
  ADD COLUMN id UUID NOT NULL DEFAULT gen_random_uuid(),
  ADD CONSTRAINT auth_known_device_pkey PRIMARY KEY (id);
ALTER TABLE auth_known_device ALTER COLUMN device DROP NOT NULL;
UPDATE auth_known_device SET device = NULL WHERE device = '';
CREATE UNIQUE INDEX auth_known_device_user_id_device_key ON auth_known_device (user_id, device) NULLS NOT DISTINCT;
ALTER TABLE auth_known_device ADD CONSTRAINT auth_known_device_device_check CHECK (device <> '');

-- A dead letter was due in the year 9999, so that no claim read it. Now the index for claims does not contain it.
DROP INDEX outbox_topic_deliver_after_idx;
UPDATE auth_queue_entry SET deliver_after = dead_at WHERE dead_at IS NOT NULL;
CREATE INDEX auth_queue_entry_topic_deliver_after_idx ON auth_queue_entry (topic, deliver_after) WHERE dead_at IS NULL;

CREATE INDEX auth_security_event_created_at_idx ON auth_security_event (created_at);

-- Invariants
ALTER TABLE auth_password_credential
  ADD CONSTRAINT auth_password_credential_version_check CHECK (version >= 1);

ALTER TABLE auth_sign_up
  ADD CONSTRAINT auth_sign_up_receipt_digest_check CHECK (octet_length(receipt_digest) = 32);

-- The order of idle_expires_at and expires_at is not checked: an operator may end a session by setting either.
ALTER TABLE auth_session
  ADD CONSTRAINT auth_session_confirmed_generation_check CHECK (confirmed_generation BETWEEN 0 AND generation),
  ADD CONSTRAINT auth_session_password_attempts_check CHECK (password_attempts >= 0);

ALTER TABLE auth_one_time_token
  ADD CONSTRAINT auth_one_time_token_digest_check CHECK (octet_length(digest) = 32),
  ADD CONSTRAINT auth_one_time_token_purpose_check CHECK (
    CASE purpose
      WHEN 'VERIFY_EMAIL' THEN new_email IS NULL AND (user_id IS NOT NULL OR sign_up_id IS NOT NULL)
      WHEN 'RESET_PASSWORD' THEN new_email IS NULL AND user_id IS NOT NULL AND sign_up_id IS NULL
      WHEN 'CHANGE_EMAIL' THEN new_email IS NOT NULL AND user_id IS NOT NULL AND sign_up_id IS NULL
      ELSE false
    END);

ALTER TABLE auth_queue_entry
  ADD CONSTRAINT auth_queue_entry_attempts_check CHECK (attempts >= 0);

ALTER TABLE auth_rate_limit
  ADD CONSTRAINT auth_rate_limit_spent_check CHECK (spent >= 0);

-- Closed lists
ALTER TABLE auth_signing_key
  ADD CONSTRAINT auth_signing_key_algorithm_check CHECK (algorithm IN ('ES256', 'RS256', 'HS256'));

ALTER TABLE auth_security_event
  ADD CONSTRAINT auth_security_event_actor_kind_check CHECK (actor_kind IN ('anonymous', 'user', 'operator', 'system')),
  ADD CONSTRAINT auth_security_event_actor_id_check CHECK (actor_id IS NULL OR actor_kind = 'user'),
  ADD CONSTRAINT auth_security_event_operator_check CHECK (operator IS NULL OR actor_kind = 'operator'),
  ADD CONSTRAINT auth_security_event_type_check CHECK (type IN (
    'SIGN_UP_REQUESTED', 'VERIFICATION_REQUESTED', 'EMAIL_VERIFIED', 'EMAIL_CHANGE_REQUESTED', 'EMAIL_CHANGED',
    'LOGIN_SUCCEEDED', 'LOGIN_FAILED', 'LOGGED_OUT',
    'REFRESH_REPEATED', 'REFRESH_MISMATCHED', 'REFRESH_LATE', 'REFRESH_REPLAYED', 'REFRESH_AHEAD',
    'SESSION_REVOKED', 'SESSIONS_REVOKED',
    'PASSWORD_CHANGED', 'PASSWORD_REJECTED', 'PASSWORD_RESET_REQUESTED', 'PASSWORD_RESET',
    'PROFILE_UPDATED', 'DATA_EXPORTED', 'DELETION_REQUESTED', 'DELETION_CANCELLED', 'USER_ERASED',
    'USER_CREATED', 'USERS_IMPORTED', 'USERS_EXPORTED', 'USER_DISABLED', 'USER_ENABLED', 'ROLES_CHANGED',
    'OUTBOX_RETRIED', 'KEYS_RESEALED'));

DO $$
DECLARE
  renamed record;
BEGIN
  -- From PostgreSQL 18 on, NOT NULL constraints have names, which begin with the name of their table.
  FOR renamed IN
    SELECT c.conrelid::regclass AS in_table, c.conname, t.old_name, t.new_name
    FROM (VALUES
      ('password_credential', 'auth_password_credential'), ('user_role', 'auth_user_role'), ('sign_up', 'auth_sign_up'),
      ('session', 'auth_session'), ('known_device', 'auth_known_device'), ('signing_key', 'auth_signing_key'),
      ('one_time_token', 'auth_one_time_token'), ('outbox', 'auth_queue_entry'), ('spent_limit', 'auth_rate_limit'),
      ('security_event', 'auth_security_event')) AS t(old_name, new_name)
    JOIN pg_constraint c ON c.conrelid = t.new_name::regclass
    WHERE c.contype = 'n' AND starts_with(c.conname, t.old_name || '_')
  LOOP
    EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', renamed.in_table, renamed.conname,
                   renamed.new_name || substr(renamed.conname, length(renamed.old_name) + 1));
  END LOOP;
END
$$;

-- An instance of the previous release that still runs, or is started again, uses the old names. If a server has used this
-- database, views take these names, and every statement that mentions one fails with a sentence for the operator. The
-- previous release reports SQLSTATE 55000 as a database that is not available, so that its clients try again later.
-- The views, and the domains that take the old names of the enums, are dropped before the next migration is applied, which
-- may be the application's: from then on the names are free. See docs/decisions/012-auth-names-in-the-database.md.
DO $$
DECLARE
  renamed record;
BEGIN
  IF NOT EXISTS (SELECT FROM auth_signing_key) THEN
    RETURN;
  END IF;

  -- IMMUTABLE, so that the planner calls it: a statement fails even if it would read no row.
  CREATE FUNCTION auth_stop_previous_release() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $function$
  BEGIN
    RAISE EXCEPTION 'This database was upgraded by a newer release of Gatehouse: stop this instance.' USING ERRCODE = '55000';
  END
  $function$;

  -- The previous release casts a value to the old name of an enum and compares it with a column.
  CREATE DOMAIN "UserOrigin" AS text;
  CREATE DOMAIN "SigningKeyPurpose" AS text;
  CREATE DOMAIN "OneTimeTokenPurpose" AS text;

  FOR renamed IN
    SELECT t.old_name, t.new_name, string_agg(
      CASE WHEN y.typtype = 'e' THEN format('%1$I::text AS %1$I', a.attname) ELSE quote_ident(a.attname) END,
      ', ' ORDER BY a.attnum) AS columns
    FROM (VALUES
      ('password_credential', 'auth_password_credential'), ('user_role', 'auth_user_role'), ('sign_up', 'auth_sign_up'),
      ('session', 'auth_session'), ('known_device', 'auth_known_device'), ('signing_key', 'auth_signing_key'),
      ('one_time_token', 'auth_one_time_token'), ('outbox', 'auth_queue_entry'), ('spent_limit', 'auth_rate_limit'),
      ('security_event', 'auth_security_event')) AS t(old_name, new_name)
    JOIN pg_attribute a ON a.attrelid = t.new_name::regclass AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type y ON y.oid = a.atttypid
    GROUP BY t.old_name, t.new_name
  LOOP
    -- WITH CHECK OPTION, so that the planner evaluates the condition for INSERT too.
    EXECUTE format('CREATE VIEW %I AS SELECT %s FROM %I WHERE auth_stop_previous_release() WITH CHECK OPTION',
                   renamed.old_name, renamed.columns, renamed.new_name);
  END LOOP;
END
$$;
