import { startApp, type Answer, type TestApp } from '../support/app.js';
import {
  LoginDocument,
  RequestPasswordResetDocument,
  ResendVerificationEmailDocument,
  SignUpDocument,
} from '../support/generated/operations.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(() => app.close());

/** What a stranger types everywhere; it is nobody's password. */
const GUESS = 'whatever a stranger may guess';

const operations = {
  login: (email: string) => app.send(LoginDocument, { input: { email, password: GUESS } }),
  signUp: (email: string) => app.send(SignUpDocument, { input: { email, password: GUESS } }),
  requestPasswordReset: (email: string) => app.send(RequestPasswordResetDocument, { input: { email } }),
  resendVerificationEmail: (email: string) => app.send(ResendVerificationEmailDocument, { input: { email } }),
} as const;

type Operation = keyof typeof operations;

const names = Object.keys(operations) as Operation[];

/** An answer to the byte, but for what is random in every one: ids, the receipt and the time. */
const seen = ({ status, headers, text }: Answer) => ({
  status,
  headers: [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id'),
  text: text.replace(/"receipt":"[\w-]{43}"/, '"receipt":""'),
});

const ask = async (operation: Operation, email: string) => seen(await operations[operation](email));

let count = 0;
const missing = (): string => {
  count += 1;
  return `missing-${count}@example.com`;
};

/** Addresses of every kind that a stranger could want to tell from one that nobody has. */
const kinds: Record<string, () => Promise<string>> = {
  'an account': async () => (await app.createUser()).email,
  'an account that nobody verified': async () => (await app.createUser({ verified: false })).email,
  'an account that is disabled': async () => {
    const { id, email } = await app.createUser();
    await app.database.query('UPDATE "user" SET disabled_at = now() WHERE id = $1', [id]);
    return email;
  },
  'an account without a password': async () => {
    const { id, email } = await app.createUser();
    await app.database.query('DELETE FROM auth_password_credential WHERE user_id = $1', [id]);
    return email;
  },
  'an account that is about to be erased': async () => {
    const { id, email } = await app.createUser();
    await app.database.query(`UPDATE "user" SET erase_after = now() + interval '1 day' WHERE id = $1`, [id]);
    return email;
  },
  'an administrator': async () => (await app.createUser({ roles: ['ADMIN'] })).email,
  'a sign-up that waits': async () => {
    const email = missing();
    await operations.signUp(email);
    return email;
  },
};

// CVE-2026-39851
describe.each(Object.entries(kinds))('C6: %s', (_kind, make) => {
  it.each(names)('gets the same bytes from %s as an address without an account', async (operation) => {
    const email = await make();
    expect(await ask(operation, email)).toEqual(await ask(operation, missing()));
  });
});

const pairs = names.flatMap((first) => names.map((second) => [first, second] as const));

// What one answer hides the next may tell: sign up for an address, then log in with what was typed there.
describe('C6: resendAfterSeconds', () => {
  it('is a constant for every address, number of requests and limit', async () => {
    const limited = await startApp({ MAILS_PER_ADDRESS_PER_HOUR: '1' });
    const known = (await limited.createUser()).email;
    const values = new Set<unknown>();
    for (const email of [known, known, missing(), `${'a'.repeat(60)}@example.com`]) {
      const signedUp = await limited.send(SignUpDocument, { input: { email, password: GUESS } });
      const reset = await limited.send(RequestPasswordResetDocument, { input: { email } });
      const resent = await limited.send(ResendVerificationEmailDocument, { input: { email } });
      for (const { text } of [signedUp, reset, resent]) values.add(/"resendAfterSeconds":(\d+)/.exec(text)?.[1]);
    }
    await limited.close();
    expect([...values]).toEqual(['60']);
  });
});

describe('C12: two operations after each other', () => {
  it.each(pairs)('%s and then %s return the same for a known and an unknown address', async (first, second) => {
    const known = (await app.createUser()).email;
    const unknown = missing();
    expect([await ask(first, known), await ask(second, known)]).toEqual([
      await ask(first, unknown),
      await ask(second, unknown),
    ]);
  });

  it('leave the same number of rows, regardless of the owner of the address', async () => {
    const tables = ['auth_sign_up', 'auth_security_event', 'auth_rate_limit'] as const;
    const rows = async () => {
      const counts: number[] = [];
      for (const table of tables) {
        const [row] = (await app.database.query(`SELECT count(*)::int AS count FROM ${table}`)) as { count: number }[];
        counts.push(row?.count ?? 0);
      }
      return counts;
    };
    const added = async (email: string) => {
      await app.idle();
      const before = await rows();
      for (const name of names) await operations[name](email);
      await app.idle();
      return (await rows()).map((after, index) => after - (before[index] ?? 0));
    };
    const { email } = await app.createUser();
    expect(await added(email)).toEqual(await added(missing()));
  });
});
