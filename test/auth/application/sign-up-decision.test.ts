import type { Hooks, HookSignUp } from '../../../src/auth/application/hooks.js';
import { PASSWORD, startApp, type TestApp } from '../../support/app.js';
import { SignUpDocument } from '../../support/generated/operations.js';

let app: TestApp;
let decide: NonNullable<Hooks['beforeSignUp']> = () => undefined;
let asked: HookSignUp[] = [];

beforeAll(async () => {
  app = await startApp(
    {},
    {
      hooks: {
        beforeSignUp: (signUp) => {
          asked.push(signUp);
          return decide(signUp);
        },
      },
    },
  );
});

afterAll(async () => {
  await app.close();
});

beforeEach(() => {
  asked = [];
  decide = () => undefined;
});

const signUp = (email: string) =>
  app.send(SignUpDocument, { input: { email, password: PASSWORD, name: 'Ada', locale: 'de' } });

const countRows = () =>
  app.database.query(`SELECT (SELECT count(*) FROM "user")::int AS users,
    (SELECT count(*) FROM auth_sign_up)::int AS "signUps", (SELECT count(*) FROM auth_one_time_token)::int AS tokens,
    (SELECT count(*) FROM auth_security_event)::int AS events`);

describe('beforeSignUp', () => {
  it('gets the address, the name and the language, and never the password', async () => {
    await signUp('  ada@example.com ');
    expect(asked).toEqual([{ email: 'ada@example.com', name: 'Ada', locale: 'de' }]);
    expect(Object.isFrozen(asked[0])).toBe(true);
  });

  it('refuses a sign-up with a code, whether or not the address is known, and nothing is written', async () => {
    const { email } = await app.createUser();
    decide = () => ({ refused: 'SIGN_UP_REFUSED' });
    const before = await countRows();
    const answers = [await signUp(email), await signUp('unknown@example.com')];
    for (const { data } of answers)
      expect(data?.signUp).toEqual({
        __typename: 'SignUpRefusedError',
        code: 'SIGN_UP_REFUSED',
        message: 'The sign-up was refused.',
        retryable: false,
      });
    expect(answers[0]?.text).toBe(answers[1]?.text);
    expect(asked.map(({ email: address }) => address)).toEqual([email, 'unknown@example.com']);
    expect(await countRows()).toEqual(before);
  });

  it('is not asked about a sign-up that is malformed', async () => {
    await signUp('not an address');
    expect(asked).toEqual([]);
  });

  it('is not asked when the rate limit is exhausted, so that it cannot be flooded', async () => {
    const limited = await startApp(
      { MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '1' },
      {
        hooks: {
          beforeSignUp: (given) => {
            asked.push(given);
            return undefined;
          },
        },
      },
    );
    for (const email of ['first@example.com', 'second@example.com'])
      await limited.send(SignUpDocument, { input: { email, password: PASSWORD } });
    await limited.close();
    expect(asked.map(({ email }) => email)).toEqual(['first@example.com']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('a bug');
      },
    ],
    ['never returns', () => new Promise<never>(() => undefined)],
    ['returns false', () => false as never],
    ['returns a code that is not one of the application', () => ({ refused: 'NOT_FOUND' }) as never],
  ])('makes the sign-up fail with a 503, for every address, when it %s', async (_, hook) => {
    const { email } = await app.createUser();
    decide = hook;
    const before = await countRows();
    const lines = app.log.length;
    const [known, unknown] = await Promise.all([signUp(email), signUp('unknown@example.com')]);
    expect(known).toMatchObject({ status: 503, errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
    expect(known.text).toBe(unknown.text);
    expect(await countRows()).toEqual(before);
    const logged = app.log
      .slice(lines)
      .map((line) => JSON.parse(line) as { msg: string; hook?: string; level: number });
    expect(logged.filter(({ hook: name }) => name === 'beforeSignUp')).toHaveLength(2);
    expect(logged.find(({ hook: name }) => name === 'beforeSignUp')).toMatchObject({ msg: 'hook beforeSignUp failed' });
  });
});
