-- A channel belongs to the whole database. Outside of the schema "public" its name ends in the id of the schema, so that
-- deployments in two schemas of one database do not receive each other's notices. In "public" it keeps its name, and instances of
-- the previous release that run beside this one receive every notice.
--
-- The functions depend on the table of the trigger and not on the search path, which is another one for somebody with psql.

CREATE OR REPLACE FUNCTION auth_notify_principal_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  channel text := 'principal_changed' || CASE TG_TABLE_SCHEMA WHEN 'public' THEN ''
    ELSE '_' || (SELECT relnamespace FROM pg_class WHERE oid = TG_RELID) END;
BEGIN
  -- The argument names the column that holds the user's id.
  IF TG_OP <> 'INSERT' THEN
    PERFORM pg_notify(channel, to_jsonb(OLD) ->> TG_ARGV[0]);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pg_notify(channel, to_jsonb(NEW) ->> TG_ARGV[0]);
  END IF;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION auth_notify_sessions_ended() RETURNS trigger LANGUAGE plpgsql
-- A session of the database keeps the plan of its first statement, which may have changed one row: a nested loop would be
-- quadratic for many.
SET enable_nestloop = off
AS $$
DECLARE
  channel text := 'principal_changed' || CASE TG_TABLE_SCHEMA WHEN 'public' THEN ''
    ELSE '_' || (SELECT relnamespace FROM pg_class WHERE oid = TG_RELID) END;
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
    PERFORM pg_notify(channel, '');
  ELSIF cardinality(users) > 0 THEN
    PERFORM pg_notify(channel, id::text) FROM (SELECT DISTINCT unnest(users) AS id) AS ended;
  END IF;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION auth_notify_all_principals_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify(
    'principal_changed' || CASE TG_TABLE_SCHEMA WHEN 'public' THEN ''
      ELSE '_' || (SELECT relnamespace FROM pg_class WHERE oid = TG_RELID) END, '');
  RETURN NULL;
END
$$;
