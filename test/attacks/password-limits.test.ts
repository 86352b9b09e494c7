/** Guessing: the attacks C1, C2, C3, C4, C10 and C11. */
import { bearer, PASSWORD, startApp, type Answer, type TestApp, type TestUser } from '../support/app.js';
import { ChangePasswordDocument, LoginDocument, type LoginMutation } from '../support/generated/operations.js';

const WRONG = 'not the right password';

let app: TestApp;

beforeAll(async () => {
  app = await startApp(
    { TRUST_PROXY: '1', LOGIN_ATTEMPTS_PER_ACCOUNT: '10', LOGIN_ATTEMPTS_PER_NETWORK: '100' },
    { hasAllLimits: true },
  );
});

afterAll(() => app.close());

let networks = 0;

/** The header of a client in a /24 of its own. */
const from = (address?: string) => {
  networks += 1;
  return { 'x-forwarded-for': address ?? `10.${networks >> 8}.${networks & 0xff}.7` };
};

const guess = (email: string, headers: Record<string, string>, password = WRONG, deviceToken?: string) =>
  app.send(LoginDocument, { input: { email, password, ...(deviceToken ? { deviceToken } : {}) } }, headers);

const outcome = ({ data }: Answer<LoginMutation>) => data?.login.__typename;

const countOf = (outcomes: readonly unknown[], name: string) => outcomes.filter((each) => each === name).length;

/** Sends guesses, each from a network of its own, until the account is locked. Delays are removed in between. */
const exhaust = async (email: string) => {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    await guess(email, from());
    await app.database.query(`UPDATE auth_rate_limit SET last_spent_at = last_spent_at - interval '1 hour'`);
  }
};

const lockOf = async (answer: Promise<Answer<LoginMutation>>) => {
  const { data, headers } = await answer;
  return { result: data?.login, retryAfter: headers.get('retry-after') };
};

describe('C1: 100 aliased logins in one document (CVE-2026-35401, CVE-2026-33756)', () => {
  it('are counted one by one, and cut off at the limit', async () => {
    const { email } = await app.createUser();
    const headers = from();
    const document = (count: number) =>
      `mutation { ${Array.from({ length: count }, (_, i) => `a${i}: login(input: { email: "${email}", password: "${WRONG}" }) { __typename }`).join(' ')} }`;
    const types: unknown[] = [];
    for (let sent = 0; sent < 3; sent += 1) {
      const { data } = await app.post(JSON.stringify({ query: document(10) }), headers);
      types.push(...Object.values(data ?? {}).map((value) => (value as { __typename: string }).__typename));
    }
    expect(countOf(types, 'InvalidCredentialsError')).toBe(5);
    expect(countOf(types, 'RateLimitedError')).toBe(25);
  });
});

describe('C2: a burst of parallel guesses (CVE-2024-4629)', () => {
  it('evaluates no more of them than the pair of account and network may make', async () => {
    const { email } = await app.createUser();
    const headers = from();
    const answers = await Promise.all(Array.from({ length: 60 }, () => guess(email, headers)));
    expect(countOf(answers.map(outcome), 'InvalidCredentialsError')).toBe(5);
  });

  it('evaluates no more of them than the account allows, from any number of networks', async () => {
    const { email } = await app.createUser();
    const answers = await Promise.all(Array.from({ length: 60 }, () => guess(email, from())));
    // The sixth failure is the last one without a delay.
    const evaluated = countOf(answers.map(outcome), 'InvalidCredentialsError');
    expect(evaluated).toBeGreaterThanOrEqual(6);
    expect(evaluated).toBeLessThanOrEqual(10);
    expect(countOf(answers.map(outcome), 'RateLimitedError')).toBe(60 - evaluated);
  });

  it('gives a correct password back, so that it can be sent any number of times', async () => {
    const { email } = await app.createUser();
    const headers = from();
    for (let login = 0; login < 12; login += 1)
      expect(outcome(await guess(email, headers, PASSWORD))).toBe('LoginSuccess');
  });
});

describe('C3: a client that hides its address', () => {
  it.each([
    [
      'IPv4 in the notation of IPv6',
      ['203.0.113.9', '::ffff:203.0.113.9', '[::ffff:cb00:7109]:4711', '64:ff9b::203.0.113.9'],
    ],
    ['another address of its /64', ['2001:db8:9::1', '2001:db8:9::2', '2001:db8:9:0:ffff::3', '2001:db8:9::4']],
  ])('is one network with %s', async (_name, spellings) => {
    const { email } = await app.createUser();
    const outcomes: unknown[] = [];
    for (const address of [...spellings, ...spellings]) outcomes.push(outcome(await guess(email, from(address))));
    expect(countOf(outcomes, 'InvalidCredentialsError')).toBe(5);
  });
});

describe('C4: a lock that is used against its owner (ASVS 6.1.1)', () => {
  const knownDevice = async (): Promise<TestUser & { deviceToken: string }> => {
    const user = await app.createUser();
    const { data } = await guess(user.email, from(), PASSWORD);
    if (data?.login.__typename !== 'LoginSuccess') throw new Error('not logged in');
    return { ...user, deviceToken: data.login.deviceToken ?? '' };
  };

  it('leaves the owner the devices from which the owner has logged in', async () => {
    const { email, deviceToken } = await knownDevice();
    await exhaust(email);
    expect(outcome(await guess(email, from(), PASSWORD))).toBe('RateLimitedError');
    const known = await guess(email, from(), PASSWORD, deviceToken);
    expect(outcome(known)).toBe('LoginSuccess');
  });

  it('gives a device five wrong passwords, after which its token is not valid', async () => {
    const { email, deviceToken } = await knownDevice();
    await exhaust(email);
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect(outcome(await guess(email, from(), WRONG, deviceToken))).toBe('InvalidCredentialsError');
    expect(outcome(await guess(email, from(), PASSWORD, deviceToken))).toBe('RateLimitedError');
  });

  it('leaves the owner every other device when the token of one is stolen', async () => {
    const { email, deviceToken: stolen } = await knownDevice();
    const { data } = await guess(email, from(), PASSWORD);
    if (data?.login.__typename !== 'LoginSuccess') throw new Error('not logged in');
    await exhaust(email);
    for (let attempt = 0; attempt < 6; attempt += 1) await guess(email, from(), WRONG, stolen);
    expect(outcome(await guess(email, from(), PASSWORD, data.login.deviceToken ?? ''))).toBe('LoginSuccess');
  });

  it('does not count a device token of another account, or one that is malformed', async () => {
    const [victim, other] = [await knownDevice(), await knownDevice()];
    await exhaust(victim.email);
    for (const token of [other.deviceToken, '', 'null', `${victim.deviceToken}x`])
      expect(outcome(await guess(victim.email, from(), PASSWORD, token))).toBe('RateLimitedError');
  });

  it('answers alike for a known and an unknown address', async () => {
    const { email } = await app.createUser();
    const answers: Awaited<ReturnType<typeof lockOf>>[] = [];
    for (const address of [email, 'nobody-at-all@example.com']) {
      await exhaust(address);
      await app.database.query(`UPDATE auth_rate_limit SET expires_at = now() + interval '599.5 seconds'`);
      answers.push(await lockOf(guess(address, from(), PASSWORD)));
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ result: { __typename: 'RateLimitedError' }, retryAfter: '600' });
  });

  it('ends with its window', async () => {
    const { email } = await app.createUser();
    await exhaust(email);
    await app.database.query(`UPDATE auth_rate_limit SET expires_at = now()`);
    expect(outcome(await guess(email, from(), PASSWORD))).toBe('LoginSuccess');
  });

  it('is spent by every other operation that asks for the password', async () => {
    const { email, tokens } = await app.newcomer();
    await exhaust(email);
    const input = { currentPassword: PASSWORD, newPassword: 'an entirely different one' };
    const { data } = await app.send(ChangePasswordDocument, { input }, { ...from(), ...bearer(tokens.accessToken) });
    expect(data?.changePassword.__typename).toBe('RateLimitedError');
  });
});

describe('C10: one client against many accounts (ASVS 6.3.1)', () => {
  it('is limited by its network', async () => {
    const headers = from();
    const outcomes: unknown[] = [];
    for (let account = 0; account < 110; account += 1)
      outcomes.push(outcome(await guess(`somebody-${account}@example.com`, headers)));
    expect(countOf(outcomes, 'InvalidCredentialsError')).toBe(100);
    expect(outcomes.at(-1)).toBe('RateLimitedError');
  });

  it('spends nothing of an account when its network is exhausted', async () => {
    const { email } = await app.createUser();
    const headers = from();
    for (let account = 0; account < 100; account += 1) await guess(`somebody-${account}@example.net`, headers);
    for (let attempt = 0; attempt < 10; attempt += 1)
      expect(outcome(await guess(email, headers))).toBe('RateLimitedError');
    expect(outcome(await guess(email, from(), PASSWORD))).toBe('LoginSuccess');
  });
});
