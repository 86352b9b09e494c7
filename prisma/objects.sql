-- What the migrations make and prisma/schema cannot say. Written by `npm run drift -- --write`.

-- constraint auth_device_token.auth_device_token_digest_check
ALTER TABLE auth_device_token ADD CONSTRAINT auth_device_token_digest_check CHECK ((octet_length(digest) = 32));

-- constraint auth_device_token.auth_device_token_failures_check
ALTER TABLE auth_device_token ADD CONSTRAINT auth_device_token_failures_check CHECK ((failures >= 0));

-- constraint auth_known_device.auth_known_device_device_check
ALTER TABLE auth_known_device ADD CONSTRAINT auth_known_device_device_check CHECK ((device <> ''::text));

-- constraint auth_one_time_token.auth_one_time_token_digest_check
ALTER TABLE auth_one_time_token ADD CONSTRAINT auth_one_time_token_digest_check CHECK ((octet_length(digest) = 32));

-- constraint auth_one_time_token.auth_one_time_token_purpose_check
ALTER TABLE auth_one_time_token ADD CONSTRAINT auth_one_time_token_purpose_check CHECK (
CASE purpose
    WHEN 'VERIFY_EMAIL'::auth_one_time_token_purpose THEN ((new_email IS NULL) AND ((user_id IS NOT NULL) OR (sign_up_id IS NOT NULL)))
    WHEN 'RESET_PASSWORD'::auth_one_time_token_purpose THEN ((new_email IS NULL) AND (user_id IS NOT NULL) AND (sign_up_id IS NULL))
    WHEN 'CHANGE_EMAIL'::auth_one_time_token_purpose THEN ((new_email IS NOT NULL) AND (user_id IS NOT NULL) AND (sign_up_id IS NULL))
    ELSE false
END);

-- constraint auth_password_credential.auth_password_credential_version_check
ALTER TABLE auth_password_credential ADD CONSTRAINT auth_password_credential_version_check CHECK ((version >= 1));

-- constraint auth_queue_entry.auth_queue_entry_attempts_check
ALTER TABLE auth_queue_entry ADD CONSTRAINT auth_queue_entry_attempts_check CHECK ((attempts >= 0));

-- constraint auth_rate_limit.auth_rate_limit_spent_check
ALTER TABLE auth_rate_limit ADD CONSTRAINT auth_rate_limit_spent_check CHECK ((spent >= 0));

-- constraint auth_security_event.auth_security_event_actor_id_check
ALTER TABLE auth_security_event ADD CONSTRAINT auth_security_event_actor_id_check CHECK (((actor_id IS NULL) OR (actor_kind = 'user'::text)));

-- constraint auth_security_event.auth_security_event_actor_kind_check
ALTER TABLE auth_security_event ADD CONSTRAINT auth_security_event_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['anonymous'::text, 'user'::text, 'operator'::text, 'system'::text])));

-- constraint auth_security_event.auth_security_event_operator_check
ALTER TABLE auth_security_event ADD CONSTRAINT auth_security_event_operator_check CHECK (((operator IS NULL) OR (actor_kind = 'operator'::text)));

-- constraint auth_security_event.auth_security_event_type_check
ALTER TABLE auth_security_event ADD CONSTRAINT auth_security_event_type_check CHECK ((type = ANY (ARRAY['SIGN_UP_REQUESTED'::text, 'VERIFICATION_REQUESTED'::text, 'EMAIL_VERIFIED'::text, 'EMAIL_CHANGE_REQUESTED'::text, 'EMAIL_CHANGED'::text, 'LOGIN_SUCCEEDED'::text, 'LOGIN_FAILED'::text, 'LOGGED_OUT'::text, 'REFRESH_REPEATED'::text, 'REFRESH_MISMATCHED'::text, 'REFRESH_LATE'::text, 'REFRESH_REPLAYED'::text, 'REFRESH_AHEAD'::text, 'SESSION_REVOKED'::text, 'SESSIONS_REVOKED'::text, 'ACCESS_DENIED'::text, 'RATE_LIMIT_EXHAUSTED'::text, 'PASSWORD_CHANGED'::text, 'PASSWORD_REJECTED'::text, 'PASSWORD_RESET_REQUESTED'::text, 'PASSWORD_RESET'::text, 'PROFILE_UPDATED'::text, 'DATA_EXPORTED'::text, 'DELETION_REQUESTED'::text, 'DELETION_CANCELLED'::text, 'USER_ERASED'::text, 'USER_CREATED'::text, 'USERS_IMPORTED'::text, 'USERS_EXPORTED'::text, 'USER_DISABLED'::text, 'USER_ENABLED'::text, 'USER_UNLOCKED'::text, 'USER_SESSIONS_VIEWED'::text, 'ROLES_CHANGED'::text, 'OUTBOX_RETRIED'::text, 'KEYS_RESEALED'::text])));

-- constraint auth_session.auth_session_application_claims_check
ALTER TABLE auth_session ADD CONSTRAINT auth_session_application_claims_check CHECK ((octet_length(application_claims) <= 1024));

-- constraint auth_session.auth_session_confirmed_generation_check
ALTER TABLE auth_session ADD CONSTRAINT auth_session_confirmed_generation_check CHECK (((confirmed_generation >= 0) AND (confirmed_generation <= generation)));

-- constraint auth_session.auth_session_generation_check
ALTER TABLE auth_session ADD CONSTRAINT auth_session_generation_check CHECK ((generation >= 1));

-- constraint auth_session.auth_session_password_attempts_check
ALTER TABLE auth_session ADD CONSTRAINT auth_session_password_attempts_check CHECK ((password_attempts >= 0));

-- constraint auth_sign_up.auth_sign_up_receipt_digest_check
ALTER TABLE auth_sign_up ADD CONSTRAINT auth_sign_up_receipt_digest_check CHECK ((octet_length(receipt_digest) = 32));

-- constraint auth_signing_key.auth_signing_key_algorithm_check
ALTER TABLE auth_signing_key ADD CONSTRAINT auth_signing_key_algorithm_check CHECK ((algorithm = ANY (ARRAY['ES256'::text, 'RS256'::text, 'HS256'::text])));

-- function auth_fold_name(text)
CREATE OR REPLACE FUNCTION public.auth_fold_name(name text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT CASE
    WHEN octet_length(name) = char_length(name) THEN lower(name COLLATE "C")
    WHEN name COLLATE "C" !~ '[^\u0001-\u007f\u0080-\u017f\u01a0-\u01a1\u01af-\u01b0\u0218-\u021b\u0386-\u03ce\u0400-\u045f\u0490-\u0491\u1ea0-\u1ef9]' THEN translate(
      lower(normalize(name, NFC) COLLATE "C"),
      'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽƠƯȘȚΆΈΉ'
      'ΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫςЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯҐẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆ'
      'ỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ',
      'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįiĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿźżžơưșțάέή'
      'ίόύώαβγδεζηθικλμνξοπρστυφχψωϊϋσѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъыьэюяґạảấầẩẫậắằẳẵặẹẻẽếềểễệ'
      'ỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ')
    ELSE translate(
      lower(normalize(name, NFC) COLLATE "C"),
      'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽƁƂƄƆƇƉƊ'
      'ƋƎƏƐƑƓƔƖƗƘƜƝƟƠƢƤƦƧƩƬƮƯƱƲƳƵƷƸƼǄǅǇǈǊǋǍǏǑǓǕǗǙǛǞǠǢǤǦǨǪǬǮǱǲǴǶǷǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞȠȢȤȦȨȪȬȮȰȲȺȻȽȾɁɃɄɅɆɈɊɌɎ'
      'ͰͲͶͿΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫςϏϘϚϜϞϠϴϷϹϺϽϾϿЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠ'
      'ѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱ'
      'ԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖႠႡႢႣႤႥႦႧႨႩႪႫႬႭႮႯႰႱႲႳႴႵႶႷႸႹႺႻႼႽႾႿჀჁჂჃჄჅჇჍᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦ'
      'ᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾᲿḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔẞẠ'
      'ẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾἈἉἊἋἌἍἎἏἘἙἚἛἜἝἨἩἪἫἬἭἮἯἸἹἺἻἼἽἾἿὈὉὊὋὌὍὙὛὝὟὨὩὪὫὬὭὮὯᾈᾉᾊᾋᾌ'
      'ᾍᾎᾏᾘᾙᾚᾛᾜᾝᾞᾟᾨᾩᾪᾫᾬᾭᾮᾯᾸᾹᾺᾼῈῊῌῘῙῚῨῩῪῬῸῺῼ',
      'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįiĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿźżžɓƃƅɔƈɖɗ'
      'ƌǝəɛƒɠɣɩɨƙɯɲɵơƣƥʀƨʃƭʈưʊʋƴƶʒƹƽǆǆǉǉǌǌǎǐǒǔǖǘǚǜǟǡǣǥǧǩǫǭǯǳǳǵƕƿǹǻǽǿȁȃȅȇȉȋȍȏȑȓȕȗșțȝȟƞȣȥȧȩȫȭȯȱȳⱥȼƚⱦɂƀʉʌɇɉɋɍɏ'
      'ͱͳͷϳάέήίόύώαβγδεζηθικλμνξοπρστυφχψωϊϋσϗϙϛϝϟϡθϸϲϻͻͼͽѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъыьэюяѡ'
      'ѣѥѧѩѫѭѯѱѳѵѷѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӂӄӆӈӊӌӎӑӓӕӗәӛӝӟӡӣӥӧөӫӭӯӱӳӵӷӹӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯա'
      'բգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆⴀⴁⴂⴃⴄⴅⴆⴇⴈⴉⴊⴋⴌⴍⴎⴏⴐⴑⴒⴓⴔⴕⴖⴗⴘⴙⴚⴛⴜⴝⴞⴟⴠⴡⴢⴣⴤⴥⴧⴭაბგდევზთიკლმნოპჟრსტუფქღ'
      'ყშჩცძწჭხჯჰჱჲჳჴჵჶჷჸჹჺჽჾჿḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕßạ'
      'ảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹỻỽỿἀἁἂἃἄἅἆἇἐἑἒἓἔἕἠἡἢἣἤἥἦἧἰἱἲἳἴἵἶἷὀὁὂὃὄὅὑὓὕὗὠὡὢὣὤὥὦὧᾀᾁᾂᾃᾄ'
      'ᾅᾆᾇᾐᾑᾒᾓᾔᾕᾖᾗᾠᾡᾢᾣᾤᾥᾦᾧᾰᾱὰᾳὲὴῃῐῑὶῠῡὺῥὸὼῳ')
  END
$function$;

-- function auth_notify_all_principals_changed()
CREATE OR REPLACE FUNCTION public.auth_notify_all_principals_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM pg_notify(
    'principal_changed' || CASE TG_TABLE_SCHEMA WHEN 'public' THEN ''
      ELSE '_' || (SELECT relnamespace FROM pg_class WHERE oid = TG_RELID) END, '');
  RETURN NULL;
END
$function$;

-- function auth_notify_principal_changed()
CREATE OR REPLACE FUNCTION public.auth_notify_principal_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
$function$;

-- function auth_notify_sessions_ended()
CREATE OR REPLACE FUNCTION public.auth_notify_sessions_ended()
 RETURNS trigger
 LANGUAGE plpgsql
 SET enable_nestloop TO 'off'
AS $function$
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
$function$;

-- index auth_known_device_user_id_device_key
CREATE UNIQUE INDEX auth_known_device_user_id_device_key ON public.auth_known_device USING btree (user_id, device) NULLS NOT DISTINCT;

-- index auth_queue_entry_topic_deliver_after_idx
CREATE INDEX auth_queue_entry_topic_deliver_after_idx ON public.auth_queue_entry USING btree (topic, deliver_after) WHERE (dead_at IS NULL);

-- index auth_session_revoked_at_idx
CREATE INDEX auth_session_revoked_at_idx ON public.auth_session USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);

-- index user_disabled_idx
CREATE INDEX user_disabled_idx ON public."user" USING btree (id) WHERE (disabled_at IS NOT NULL);

-- index user_email_prefix_idx
CREATE INDEX user_email_prefix_idx ON public."user" USING btree (email_canonical text_pattern_ops) INCLUDE (id) WHERE (email_canonical IS NOT NULL);

-- index user_name_prefix_idx
CREATE INDEX user_name_prefix_idx ON public."user" USING btree (name_folded text_pattern_ops) INCLUDE (id) WHERE (name_folded IS NOT NULL);

-- index user_unverified_idx
CREATE INDEX user_unverified_idx ON public."user" USING btree (id) WHERE (email_verified_at IS NULL);

-- index user_verified_idx
CREATE INDEX user_verified_idx ON public."user" USING btree (id) WHERE (email_verified_at IS NOT NULL);

-- trigger "user".auth_user_changed
CREATE TRIGGER auth_user_changed AFTER UPDATE ON public."user" FOR EACH ROW WHEN ((new.disabled_at IS DISTINCT FROM old.disabled_at)) EXECUTE FUNCTION auth_notify_principal_changed('id');

-- trigger "user".auth_user_deleted
CREATE TRIGGER auth_user_deleted AFTER DELETE ON public."user" FOR EACH ROW EXECUTE FUNCTION auth_notify_principal_changed('id');

-- trigger "user".auth_user_truncated
CREATE TRIGGER auth_user_truncated AFTER TRUNCATE ON public."user" FOR EACH STATEMENT EXECUTE FUNCTION auth_notify_all_principals_changed();

-- trigger auth_password_credential.auth_password_credential_changed
CREATE TRIGGER auth_password_credential_changed AFTER UPDATE ON public.auth_password_credential FOR EACH ROW WHEN ((new.version IS DISTINCT FROM old.version)) EXECUTE FUNCTION auth_notify_principal_changed('user_id');

-- trigger auth_password_credential.auth_password_credential_deleted
CREATE TRIGGER auth_password_credential_deleted AFTER DELETE ON public.auth_password_credential FOR EACH ROW EXECUTE FUNCTION auth_notify_principal_changed('user_id');

-- trigger auth_password_credential.auth_password_credential_truncated
CREATE TRIGGER auth_password_credential_truncated AFTER TRUNCATE ON public.auth_password_credential FOR EACH STATEMENT EXECUTE FUNCTION auth_notify_all_principals_changed();

-- trigger auth_session.auth_session_changed
CREATE TRIGGER auth_session_changed AFTER UPDATE ON public.auth_session REFERENCING OLD TABLE AS old_session NEW TABLE AS new_session FOR EACH STATEMENT EXECUTE FUNCTION auth_notify_sessions_ended();

-- trigger auth_session.auth_session_deleted
CREATE TRIGGER auth_session_deleted AFTER DELETE ON public.auth_session REFERENCING OLD TABLE AS old_session FOR EACH STATEMENT EXECUTE FUNCTION auth_notify_sessions_ended();

-- trigger auth_session.auth_session_moved
CREATE TRIGGER auth_session_moved AFTER UPDATE ON public.auth_session FOR EACH ROW WHEN (((new.user_id IS DISTINCT FROM old.user_id) OR (new.id IS DISTINCT FROM old.id))) EXECUTE FUNCTION auth_notify_principal_changed('user_id');

-- trigger auth_session.auth_session_truncated
CREATE TRIGGER auth_session_truncated AFTER TRUNCATE ON public.auth_session FOR EACH STATEMENT EXECUTE FUNCTION auth_notify_all_principals_changed();

-- trigger auth_user_role.auth_user_role_changed
CREATE TRIGGER auth_user_role_changed AFTER INSERT OR DELETE OR UPDATE ON public.auth_user_role FOR EACH ROW EXECUTE FUNCTION auth_notify_principal_changed('user_id');

-- trigger auth_user_role.auth_user_role_truncated
CREATE TRIGGER auth_user_role_truncated AFTER TRUNCATE ON public.auth_user_role FOR EACH STATEMENT EXECUTE FUNCTION auth_notify_all_principals_changed();
