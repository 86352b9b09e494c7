-- Users are found by the beginning of the address or of the name.
--
-- The new column rewrites the table "user", which no statement can use until the migration has ended: with 2,000,000 users, of
-- whom a fifth have a name beyond ASCII, 20 seconds on two cores. A column that the releases have to write would need no such
-- lock, but would be incomplete after a roll-out, because the previous release writes names without it. The database computes
-- this one.

-- The case of letters is folded here and not by lower(), whose result depends on the collation of the database: in the locale
-- C it folds ASCII only, and in a Turkish one it makes a dotless i of I. An index would differ with it. The letters are those
-- of the Latin, Greek, Cyrillic, Armenian and Georgian scripts, each with its lower-case letter. A name of common letters is
-- compared with the shorter list, which takes a quarter of the time.
CREATE FUNCTION auth_fold_name(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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
$$;

-- The users of a role in the order of the list.
CREATE INDEX auth_user_role_role_user_id_idx ON auth_user_role (role, user_id);

DROP INDEX auth_user_role_role_idx;

ALTER TABLE "user" ADD COLUMN name_folded text GENERATED ALWAYS AS (auth_fold_name(name)) STORED;

-- text_pattern_ops, because an index in the order of the collation cannot find the beginning of a text. With the id in it, a
-- search reads the index and not the rows. The condition on the address is always true: with it, Prisma leaves the index
-- alone, which it cannot describe.
CREATE INDEX user_email_prefix_idx ON "user" (email_canonical text_pattern_ops) INCLUDE (id)
WHERE email_canonical IS NOT NULL;

CREATE INDEX user_name_prefix_idx ON "user" (name_folded text_pattern_ops) INCLUDE (id)
WHERE name_folded IS NOT NULL;

-- The users that a filter leaves, in the order of the list. Enabled users are nearly all of them.
CREATE INDEX user_disabled_idx ON "user" (id) WHERE disabled_at IS NOT NULL;

CREATE INDEX user_verified_idx ON "user" (id) WHERE email_verified_at IS NOT NULL;

CREATE INDEX user_unverified_idx ON "user" (id) WHERE email_verified_at IS NULL;

ALTER TABLE auth_security_event DROP CONSTRAINT auth_security_event_type_check;

ALTER TABLE auth_security_event ADD CONSTRAINT auth_security_event_type_check CHECK (type IN (
  'SIGN_UP_REQUESTED', 'VERIFICATION_REQUESTED', 'EMAIL_VERIFIED', 'EMAIL_CHANGE_REQUESTED', 'EMAIL_CHANGED',
  'LOGIN_SUCCEEDED', 'LOGIN_FAILED', 'LOGGED_OUT',
  'REFRESH_REPEATED', 'REFRESH_MISMATCHED', 'REFRESH_LATE', 'REFRESH_REPLAYED', 'REFRESH_AHEAD',
  'SESSION_REVOKED', 'SESSIONS_REVOKED',
  'PASSWORD_CHANGED', 'PASSWORD_REJECTED', 'PASSWORD_RESET_REQUESTED', 'PASSWORD_RESET',
  'PROFILE_UPDATED', 'DATA_EXPORTED', 'DELETION_REQUESTED', 'DELETION_CANCELLED', 'USER_ERASED',
  'USER_CREATED', 'USERS_IMPORTED', 'USERS_EXPORTED', 'USER_DISABLED', 'USER_ENABLED', 'USER_UNLOCKED',
  'USER_SESSIONS_VIEWED', 'ROLES_CHANGED', 'OUTBOX_RETRIED', 'KEYS_RESEALED'));
