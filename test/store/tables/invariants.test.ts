import type { SecurityEventType } from '../../../src/auth/audit/security-events.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

const USER = '00000000-0000-7000-8000-000000000001';
const SIGN_UP = '00000000-0000-7000-8000-000000000002';

/** Digests of a right and of a wrong length. */
const DIGEST = `decode(repeat('01', 32), 'hex')`;
const SHORT_DIGEST = `decode(repeat('01', 31), 'hex')`;

/** The compiler keeps this list complete. */
const eventTypes = {
  SIGN_UP_REQUESTED: true,
  VERIFICATION_REQUESTED: true,
  EMAIL_VERIFIED: true,
  EMAIL_CHANGE_REQUESTED: true,
  EMAIL_CHANGED: true,
  LOGIN_SUCCEEDED: true,
  LOGIN_FAILED: true,
  LOGGED_OUT: true,
  REFRESH_REPEATED: true,
  REFRESH_MISMATCHED: true,
  REFRESH_LATE: true,
  REFRESH_REPLAYED: true,
  REFRESH_AHEAD: true,
  SESSION_REVOKED: true,
  SESSIONS_REVOKED: true,
  ACCESS_DENIED: true,
  RATE_LIMIT_EXHAUSTED: true,
  PASSWORD_CHANGED: true,
  PASSWORD_REJECTED: true,
  PASSWORD_RESET_REQUESTED: true,
  PASSWORD_RESET: true,
  PROFILE_UPDATED: true,
  DATA_EXPORTED: true,
  DELETION_REQUESTED: true,
  DELETION_CANCELLED: true,
  USER_ERASED: true,
  USER_CREATED: true,
  USERS_IMPORTED: true,
  USERS_EXPORTED: true,
  USER_DISABLED: true,
  USER_ENABLED: true,
  USER_UNLOCKED: true,
  USER_SESSIONS_VIEWED: true,
  ROLES_CHANGED: true,
  OUTBOX_RETRIED: true,
  KEYS_RESEALED: true,
} satisfies Record<SecurityEventType, true>;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.query(
    `INSERT INTO "user" (id, email, email_canonical, origin) VALUES ('${USER}', 'a@example.com', 'a@example.com', 'SIGN_UP')`,
  );
  await database.query(
    `INSERT INTO auth_sign_up (id, email, email_canonical, password_hash, receipt_digest)
     VALUES ('${SIGN_UP}', 'b@example.com', 'b@example.com', '', ${DIGEST})`,
  );
});

afterAll(() => database.drop());

const session = (columns: string, values: string) =>
  `INSERT INTO auth_session (id, user_id, client_id, auth_time, idle_expires_at, expires_at, ${columns})
   VALUES (gen_random_uuid(), '${USER}', 'c', now(), now(), now(), ${values})`;

const token = (purpose: string, newEmail: string, userId: string, signUpId: string, digest = DIGEST) =>
  `INSERT INTO auth_one_time_token (id, purpose, digest, email_canonical, new_email, user_id, sign_up_id, expires_at)
   VALUES (gen_random_uuid(), '${purpose}', ${digest}, 'a@example.com', ${newEmail}, ${userId}, ${signUpId}, now())`;

const event = (columns: string, values: string) =>
  `INSERT INTO auth_security_event (id, ${columns}) VALUES (gen_random_uuid(), ${values})`;

describe('the database refuses', () => {
  it.each([
    ['a session of generation 0', 'auth_session_generation_check', session('generation', '0')],
    [
      'a confirmed generation that was never reached',
      'auth_session_confirmed_generation_check',
      session('generation, confirmed_generation', '2, 3'),
    ],
    [
      'a negative confirmed generation',
      'auth_session_confirmed_generation_check',
      session('confirmed_generation', '-1'),
    ],
    ['negative password attempts', 'auth_session_password_attempts_check', session('password_attempts', '-1')],
    [
      'a password of version 0',
      'auth_password_credential_version_check',
      `INSERT INTO auth_password_credential (user_id, hash, version) VALUES ('${USER}', '', 0)`,
    ],
    [
      'a receipt that is no SHA-256',
      'auth_sign_up_receipt_digest_check',
      `UPDATE auth_sign_up SET receipt_digest = ${SHORT_DIGEST}`,
    ],
    [
      'a token that is no SHA-256',
      'auth_one_time_token_digest_check',
      token('RESET_PASSWORD', 'NULL', `'${USER}'`, 'NULL', SHORT_DIGEST),
    ],
    [
      'a link that verifies nothing',
      'auth_one_time_token_purpose_check',
      token('VERIFY_EMAIL', 'NULL', 'NULL', 'NULL'),
    ],
    [
      'a verification of a new address',
      'auth_one_time_token_purpose_check',
      token('VERIFY_EMAIL', `'b@example.com'`, `'${USER}'`, 'NULL'),
    ],
    [
      'a password reset without a user',
      'auth_one_time_token_purpose_check',
      token('RESET_PASSWORD', 'NULL', 'NULL', `'${SIGN_UP}'`),
    ],
    [
      'a change of address to none',
      'auth_one_time_token_purpose_check',
      token('CHANGE_EMAIL', 'NULL', `'${USER}'`, 'NULL'),
    ],
    [
      'a change of the address of a sign-up',
      'auth_one_time_token_purpose_check',
      token('CHANGE_EMAIL', `'b@example.com'`, `'${USER}'`, `'${SIGN_UP}'`),
    ],
    [
      'a device with an empty name',
      'auth_known_device_device_check',
      `INSERT INTO auth_known_device (user_id, device) VALUES ('${USER}', '')`,
    ],
    [
      'negative attempts of a queue entry',
      'auth_queue_entry_attempts_check',
      `INSERT INTO auth_queue_entry (id, topic, payload, attempts) VALUES (gen_random_uuid(), 'mail', '{}', -1)`,
    ],
    [
      'a negative rate',
      'auth_rate_limit_spent_check',
      `INSERT INTO auth_rate_limit (key, spent, expires_at) VALUES ('k', -1, now())`,
    ],
    [
      'a signing key of another algorithm',
      'auth_signing_key_algorithm_check',
      `INSERT INTO auth_signing_key (id, purpose, algorithm, sealed) VALUES ('k', 'ACCESS_TOKEN', 'none', '')`,
    ],
    ['an event of an unknown type', 'auth_security_event_type_check', event('type, actor_kind', `'LOGIN', 'user'`)],
    [
      'an event of an unknown kind of actor',
      'auth_security_event_actor_kind_check',
      event('type, actor_kind', `'LOGIN_FAILED', 'nobody'`),
    ],
    [
      'an operator who is no operator',
      'auth_security_event_operator_check',
      event('type, actor_kind, operator', `'LOGIN_FAILED', 'system', 'root'`),
    ],
    [
      'an anonymous user',
      'auth_security_event_actor_id_check',
      event('type, actor_kind, actor_id', `'LOGIN_FAILED', 'anonymous', '${USER}'`),
    ],
  ])('%s', async (_what, constraint, sql) => {
    await expect(database.query(sql)).rejects.toThrow(`"${constraint}"`);
  });

  it('every type of event that recordEvent does not know, and no other', async () => {
    const [row] = (await database.query(
      `SELECT pg_get_constraintdef(oid) AS source FROM pg_constraint WHERE conname = 'auth_security_event_type_check'`,
    )) as { source: string }[];
    const listed = [...(row?.source ?? '').matchAll(/'([A-Z_]+)'/g)].map(([, type]) => type);
    expect(listed.sort()).toEqual(Object.keys(eventTypes).sort());
  });
});
