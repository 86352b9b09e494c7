/**
 * Policy: durations and counts that are decisions of the product and not settings of an operator. Each is defined once, here.
 * Emails, schema descriptions and documentation that state one of these numbers are compared with it by a test.
 *
 * Costs that depend on an algorithm or a protocol, such as the size of a nonce or the interval of a heartbeat, are defined
 * where they are used.
 */

const HOUR_SECONDS = 60 * 60;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const KIB = 1024;

/* Email links */

/** A link that resets a password or changes an address gives access to an account, so it is valid for a short time. */
export const LINK_TTL_SECONDS = HOUR_SECONDS;

/** Verification can wait until the user reads mail the next day; the link gives access to nothing that exists already. */
export const VERIFICATION_TTL_SECONDS = DAY_SECONDS;

/* Accounts and sessions */

/** The owner, or someone else at an open session, may have asked for deletion by mistake; the owner has two weeks to cancel. */
export const ERASURE_GRACE_SECONDS = 14 * DAY_SECONDS;

/** For this long, an operator who investigates an incident can see when a session was revoked. */
export const REVOKED_SESSION_RETENTION_SECONDS = DAY_SECONDS;

/**
 * How long security events are kept. Events that anyone can cause are kept for a quarter: that is long enough to investigate
 * an attack, and their number and the networks in them are not under our control. The others cover a year and the month
 * after it, in which it is reviewed.
 */
export const SECURITY_EVENT_RETENTION_SECONDS = { outsider: 90 * DAY_SECONDS, account: 400 * DAY_SECONDS } as const;

export type SecurityEventKind = keyof typeof SECURITY_EVENT_RETENTION_SECONDS;

/** A caller who is denied the same operation again and again is recorded once in this time, on each instance. */
export const DENIED_ACCESS_WINDOW_SECONDS = 60;

/** The number of operations of one user whose denial is recorded in that time. The client chooses their names. */
export const DENIED_ACCESS_OPERATIONS_MAX = 10;

/** After this many wrong passwords within one session, the session ends: the person who uses it is not its owner. */
export const PASSWORD_ATTEMPTS_PER_SESSION = 5;

/** A device token outlives every session, so that an owner who returns after a year is recognized. */
export const DEVICE_TOKEN_TTL_SECONDS = 400 * DAY_SECONDS;

/** More devices than a person logs in from. The oldest token is deleted for a new one. */
export const DEVICE_TOKENS_PER_USER = 20;

/** After this many wrong passwords with one device token, it is not in the hands of its owner. */
export const DEVICE_TOKEN_FAILURES_MAX = 5;

/** How long a password waits to be hashed. A person who waits longer has given up or tries again. */
export const HASH_DEADLINE_MS = 5_000;

/** NIST SP 800-63B-4 requires at least 64. Longer passwords are refused before they cost a hash. In code points, after NFC. */
export const PASSWORD_MAX_LENGTH = 256;

/** Longer than any name that is displayed in full. In code points. */
export const NAME_MAX_LENGTH = 200;

/** RFC 5646 section 4.4.1 requires at least 35 for language tags. */
export const LOCALE_MAX_LENGTH = 35;

/** More sessions than a person has devices. An attacker who logs in many times must not make the list expensive. */
export const SESSION_LIST_MAX = 100;

/** The largest page of a list that a client can request. */
export const PAGE_MAX = 100;

/** A page whose size the client does not choose fits on a screen. */
export const PAGE_DEFAULT = 20;

/** A list is counted up to here, because counting more would read the whole table. */
export const PAGE_COUNT_MAX = 100_000;

/** No address is longer, and no name. In code points. */
export const USER_SEARCH_MAX_LENGTH = 254;

/** Clocks of instances and resource servers may differ by this much; RFC 7519 section 4.1.4 advises a few minutes at most. */
export const CLOCK_SKEW_SECONDS = 60;

/* Personal data export: others can make these lists long, because failed logins of strangers are events of the account */

/** Rows of each list other than security events. */
export const EXPORT_ROWS_MAX = 1_000;

/** Security events are the list that a data subject most needs in full. */
export const EXPORT_EVENTS_MAX = 10_000;

/** Bytes of all lists together; the response is built in memory. */
export const EXPORT_MAX_BYTES = 4 * KIB * KIB;

/** Omitted rows are counted up to here, because counting more would read the whole table. */
export const EXPORT_COUNT_MAX = 100_000;

/* Mail */

/**
 * How long a client waits before it offers to request the same email again. An address receives only a few emails an hour, and
 * a user who repeats the request while the first email is in transit exhausts that limit.
 */
export const RESEND_AFTER_SECONDS = 60;

/** Each email in transmission is a connection, and mail providers accept only a few from one customer. */
export const MAIL_CONCURRENCY = 5;

/**
 * The transmission of an email is aborted after this time. A mail server may check the content for a minute before it
 * accepts the email, and one that accepts it after the end of the attempt delivers it once for each attempt. RFC 5321
 * recommends ten minutes, which is also how long the emails of an instance that dies would have to wait.
 *
 * @see RFC 5321 section 4.5.3.2.6
 */
export const MAIL_SEND_SECONDS = 120;

/** With the backoff, the last attempt is about a day after the first, when the links in the email expire. */
export const MAIL_ATTEMPTS_MAX = 56;

/** An operator who was on vacation can still retry undelivered email. After that, the personal data in it is removed. */
export const DEAD_MAIL_RETENTION_SECONDS = 30 * DAY_SECONDS;

/* Jobs of the application */

/** The jobs of an instance that run at the same time; the others wait. They share the database with all requests. */
export const JOB_CONCURRENCY = 4;

/** An attempt of a job is given up after this time, which is also how long a statement of a job may take. */
export const JOB_DEADLINE_SECONDS = 30;

/** With the backoff, the last attempt is about a day after the first: a service that a job calls may be down that long. */
export const JOB_ATTEMPTS_MAX = 56;

/** The size of a payload of a job, as JSON in UTF-8. An attempt reads it into memory. */
export const JOB_PAYLOAD_MAX_BYTES = 4 * KIB * KIB;

/** Nesting of lists and objects in a payload of a job. */
export const JOB_PAYLOAD_MAX_DEPTH = 50;

/* HTTP connections and requests */

/** The longest accepted body; the largest legitimate operation is a few KiB long. */
export const BODY_LIMIT_BYTES = 100 * KIB;

/** The longest body of a route of the application that states no limit; webhooks of common services stay below. */
export const ROUTE_BODY_LIMIT_BYTES = KIB * KIB;

/** The longest accepted request line and headers together; an access token has at most 4 KiB. */
export const HEAD_LIMIT_BYTES = 16 * KIB;

/** Only an attacker needs longer to send a request, from the connection or the first byte to the last byte. */
export const REQUEST_TIMEOUT_SECONDS = 30;

/**
 * An operation is answered with SERVICE_UNAVAILABLE after this time. It is longer than all that one field of ours can wait for
 * (a hash, the range service of leaked passwords, the database), and shorter than the 60 seconds after which common proxies
 * give up, so that the client gets our response.
 */
export const OPERATION_DEADLINE_SECONDS = 45;

/** A client that does not read its response for this long has gone. Longer than an operation, during which nothing is sent. */
export const STALLED_CONNECTION_SECONDS = 60;

/** Longer than the 60 seconds for which common load balancers keep an unused connection, so that they close it and not we. */
export const KEEP_ALIVE_SECONDS = 65;

/** Connections at the same time. 10,000 unused ones take 50 MiB and hardly any time; more than twice as many are no clients. */
export const MAX_CONNECTIONS = 20_000;

/** Longer user agents are truncated: no browser sends one, and each session and event stores it. In UTF-16 units. */
export const USER_AGENT_MAX_LENGTH = 256;

/** Longer names of operations are truncated: the client chooses them, and each log line and event stores one. In UTF-16 units. */
export const OPERATION_NAME_MAX_LENGTH = 100;

/* The code of the application. */

/** A hook of src/app/hooks.ts that takes longer has failed. Flows wait for hooks, some with a transaction open. */
export const HOOK_DEADLINE_SECONDS = 2;

/** The size of the claim `app` of an access token, as JSON in UTF-8. Every request carries it. */
export const APPLICATION_CLAIMS_MAX_BYTES = 1024;

/** Nesting of lists and objects in the claim `app`. */
export const APPLICATION_CLAIMS_MAX_DEPTH = 8;

/** The size of what the application adds to the export of a user's data, as JSON in UTF-8. */
export const EXPORT_APPLICATION_MAX_BYTES = 2 ** 20;

/** Nesting of lists and objects in what the application adds to the export of a user's data. */
export const EXPORT_APPLICATION_MAX_DEPTH = 50;

/* GraphQL documents. docs/errors.md lists these limits. */

/** The parser rejects longer documents before they cost anything. */
export const MAX_TOKENS = 4_000;

/** Nesting of syntax nodes. The introspection query has 36; a nested field adds two. */
export const MAX_DEPTH = 120;

/** Nesting of lists and objects in a literal, and of lists in a type. The inputs of Gatehouse have three levels. */
export const MAX_LITERAL_DEPTH = 30;

/** Nesting of lists and objects in the variables. Deeper JSON can exhaust the stack of code that reads or writes it. */
export const MAX_VARIABLE_DEPTH = 100;

/** Each alias runs its field again. A client that loads one page at once needs some thirty. */
export const MAX_ALIASES = 100;

/** A client writes one directive at a field that it may leave out. */
export const MAX_DIRECTIVES = 200;

/** Each operation checks its variables in all of its fragments. */
export const MAX_VARIABLES = 200;

/** A client that sends all of its operations at once stays far below. */
export const MAX_OPERATIONS = 100;

/** A client has one fragment for each component of its user interface. */
export const MAX_FRAGMENTS = 200;

/** Fields, spreads and inline fragments that one operation selects after expansion of its fragments. */
export const MAX_SELECTIONS = 500;

/** The same for all operations of a document, because each of them is validated. */
export const MAX_SELECTIONS_OF_ALL = 1_000;

/** Selections of one response name in one place: validation compares all pairs of them. */
export const MAX_REPEATS = 100;

/** Fragment spreads in one place, which validation compares like fields. */
export const MAX_SPREADS = 100;

/** Lists of the schema that one document selects. The introspection query selects nine. */
export const MAX_INTROSPECTED_LISTS = 30;

/** Mutations run in sequence and each may cost a password hash: 100 aliases of `login` would be 100 guesses in one request. */
export const MAX_MUTATION_FIELDS = 10;

/** Query fields run concurrently and share the database connections with all other requests. */
export const MAX_QUERY_FIELDS = 30;

/** The cost of an operation counts a list as this many elements if nothing states its size: as many as a page of users. */
export const ASSUMED_LIST_SIZE = 20;
