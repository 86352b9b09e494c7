import { bearer, PASSWORD, startApp, type TestApp, type TestUser } from '../support/app.js';
import {
  ChangePasswordDocument,
  ConfirmEmailChangeDocument,
  MeDocument,
  RefreshSessionDocument,
  RequestEmailChangeDocument,
  RequestPasswordResetDocument,
  ResendVerificationEmailDocument,
  ResetPasswordDocument,
  SignUpDocument,
  VerifyEmailDocument,
} from '../support/generated/operations.js';
import { postgresUrl } from '../support/database.js';
import { tokenIn } from '../support/mailbox.js';

const NEW_PASSWORD = 'an entirely different one';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(() => app.close());

type Somebody = TestUser & { readonly tokens: { readonly accessToken: string; readonly refreshToken: string | null } };

const mailedToken = async (email: string, count = 1) => tokenIn(await app.mailbox.waitForLink(email, count));

const askReset = (email: string, to = app, headers = {}) =>
  to.send(RequestPasswordResetDocument, { input: { email } }, headers);

/** Asks for a reset, and answers its token once it has arrived as the `count`th link. */
const resetToken = async (email: string, count = 1) => {
  await askReset(email);
  return mailedToken(email, count);
};

const changeToken = async ({ tokens }: Somebody, newEmail: string, count = 1) => {
  const input = { newEmail, password: PASSWORD };
  await app.send(RequestEmailChangeDocument, { input }, bearer(tokens.accessToken));
  return mailedToken(newEmail, count);
};

const reset = async (token: string, newPassword = NEW_PASSWORD) =>
  (await app.send(ResetPasswordDocument, { input: { token, newPassword } })).data?.resetPassword.__typename;

const confirm = async (token: string) =>
  (await app.send(ConfirmEmailChangeDocument, { input: { token } })).data?.confirmEmailChange.__typename;

const verify = async (token: string, receipt?: string) =>
  (
    await app.send(VerifyEmailDocument, {
      input: { token, ...(receipt === undefined ? { newPassword: NEW_PASSWORD } : { receipt }) },
    })
  ).data?.verifyEmail.__typename;

const changePassword = ({ tokens }: Somebody) =>
  app.send(
    ChangePasswordDocument,
    { input: { currentPassword: PASSWORD, newPassword: NEW_PASSWORD } },
    bearer(tokens.accessToken),
  );

const reasonFor = async (accessToken: string) =>
  (await app.send(MeDocument, {}, bearer(accessToken))).errors[0]?.extensions.reason ?? 'accepted';

// CVE-2026-22706
describe('B6: a password that is changed or reset', () => {
  const isDead = async ({ tokens }: Pick<Somebody, 'tokens'>) => {
    expect(await reasonFor(tokens.accessToken)).toBe('SESSION_REVOKED');
    const { data } = await app.send(RefreshSessionDocument, { input: { refreshToken: tokens.refreshToken ?? '' } });
    expect(data?.refreshSession.__typename).toBe('InvalidRefreshTokenError');
  };

  it('leaves no session alive when it is changed', async () => {
    const user = await app.newcomer();
    const other = { tokens: await app.login(user) };
    await changePassword(user);
    await isDead(user);
    await isDead(other);
  });

  it('leaves no session alive when it is reset', async () => {
    const user = await app.newcomer();
    const other = { tokens: await app.login(user) };
    await reset(await resetToken(user.email));
    await isDead(user);
    await isDead(other);
  });
});

// GHSA-r3xq-68wh-gwvh
describe('D2: a link that is used many times at once', () => {
  /** The embedded database has one connection, so that only PostgreSQL has a race to lose. */
  const uses = postgresUrl === undefined ? 50 : 500;
  const successes = async (success: string, use: () => Promise<string | undefined>) => {
    const answers = await Promise.all(Array.from({ length: uses }, use));
    expect(answers.filter((answer) => answer !== success && answer !== 'InvalidTokenError')).toEqual([]);
    return answers.filter((answer) => answer === success).length;
  };
  // Hashes wait in a queue, which is long enough here for all requests. Without deadlines no response is lost after its
  // commit: a request that was sent again would find the link used, and none would count as successful.
  let patient: TestApp;
  beforeAll(async () => {
    patient = app;
    app = await startApp({ HASH_QUEUE: '1000' }, { hasDeadlines: false });
  });
  afterAll(async () => {
    await app.close();
    app = patient;
  });

  it('resets the password once', async () => {
    const user = await app.createUser();
    const token = await resetToken(user.email);
    expect(await successes('ResetPasswordSuccess', () => reset(token))).toBe(1);
  });

  it('verifies the address once', async () => {
    const receipt = await app.signUp('once@example.com');
    const token = await mailedToken('once@example.com');
    expect(await successes('VerifyEmailSuccess', () => verify(token, receipt))).toBe(1);
  });

  it('changes the address once', async () => {
    const token = await changeToken(await app.newcomer(), 'once-moved@example.com');
    expect(await successes('ConfirmEmailChangeSuccess', () => confirm(token))).toBe(1);
  });
});

// Devise
describe('D3: a link', () => {
  it('is dead once there is a newer one of its kind', async () => {
    const user = await app.createUser();
    const older = await resetToken(user.email);
    const newer = await resetToken(user.email, 2);
    expect([await reset(older), await reset(newer)]).toEqual(['InvalidTokenError', 'ResetPasswordSuccess']);
  });

  it('is dead once the password has changed', async () => {
    const user = await app.newcomer();
    const token = await resetToken(user.email);
    const moving = await changeToken(user, 'moving@example.com');
    await changePassword(user);
    expect([await reset(token), await confirm(moving)]).toEqual(['InvalidTokenError', 'InvalidTokenError']);
  });

  it('is dead once the password has been reset', async () => {
    const user = await app.newcomer();
    const moving = await changeToken(user, 'moving-too@example.com');
    await reset(await resetToken(user.email));
    expect(await confirm(moving)).toBe('InvalidTokenError');
  });

  it('is dead once the address has changed', async () => {
    const user = await app.newcomer();
    const token = await resetToken(user.email);
    expect(await confirm(await changeToken(user, 'moved-away@example.com'))).toBe('ConfirmEmailChangeSuccess');
    expect(await reset(token)).toBe('InvalidTokenError');
  });
});

// CVE-2026-35407
describe('D4: a link of one purpose', () => {
  it('is not accepted for another purpose', async () => {
    const user = await app.newcomer();
    const resetting = await resetToken(user.email);
    const moving = await changeToken(user, 'another-purpose@example.com');
    const receipt = await app.signUp('a-third@example.com');
    const verifying = await mailedToken('a-third@example.com');
    expect(await Promise.all([confirm(resetting), verify(resetting), reset(moving)])).toEqual(
      Array<string>(3).fill('InvalidTokenError'),
    );
    expect(await Promise.all([verify(moving), reset(verifying), confirm(verifying)])).toEqual(
      Array<string>(3).fill('InvalidTokenError'),
    );
    expect(await reasonFor(resetting)).toBe('TOKEN_INVALID');
    expect(await verify(verifying, receipt)).toBe('VerifyEmailSuccess');
    expect(await confirm(moving)).toBe('ConfirmEmailChangeSuccess');
  });
});

// CVE-2026-32700
describe('D5: a race of changes of address', () => {
  it('gives a contested address to one user, and every link to the one user and address it was made for', async () => {
    const [first, second] = [await app.newcomer(), await app.newcomer()];
    const contested = 'contested@example.com';
    const firsts = await changeToken(first, contested);
    const seconds = await changeToken(second, contested, 2);
    const answers = await Promise.all([confirm(firsts), confirm(seconds)]);
    expect(answers.sort()).toEqual(['ConfirmEmailChangeSuccess', 'InvalidTokenError']);
    const holders = await app.database.query('SELECT id FROM "user" WHERE email_canonical = $1', [contested]);
    expect(holders).toHaveLength(1);
  });

  it('does not take a password for proof that has been changed before the link was made', async () => {
    const user = await app.newcomer();
    const input = { newEmail: 'too-late@example.com', password: PASSWORD };
    // The request and the change of password go out at once; whichever comes first, no link outlives the change.
    await Promise.all([
      app.send(RequestEmailChangeDocument, { input }, bearer(user.tokens.accessToken)),
      changePassword(user),
    ]);
    await app.idle();
    const open = await app.database.query(
      `SELECT 1 FROM auth_one_time_token WHERE user_id = $1 AND purpose = 'CHANGE_EMAIL'`,
      [user.id],
    );
    expect(open).toEqual([]);
  });

  it('makes no link for a session that has ended before it was made', async () => {
    const user = await app.newcomer();
    const input = { newEmail: 'ended@example.com', password: PASSWORD };
    await Promise.all([
      app.send(RequestEmailChangeDocument, { input }, bearer(user.tokens.accessToken)),
      app.database.query('UPDATE auth_session SET revoked_at = now() WHERE user_id = $1', [user.id]),
    ]);
    await app.idle();
    const open = await app.database.query(
      `SELECT 1 FROM auth_one_time_token JOIN auth_session USING (user_id)
       WHERE user_id = $1 AND purpose = 'CHANGE_EMAIL' AND revoked_at < auth_one_time_token.created_at`,
      [user.id],
    );
    expect(open).toEqual([]);
  });
});

// GHSA-3529-5m8x-rpv3
describe('D6: a Host or X-Forwarded-Host', () => {
  it('does not influence where a link leads', async () => {
    const user = await app.createUser();
    await askReset(user.email, app, { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' });
    const mail = await app.mailbox.waitFor(user.email);
    expect(mail.text).toContain(`${app.config.publicUrl}/reset-password?token=`);
    expect(`${mail.text} ${mail.html}`).not.toContain('evil.example');
  });
});

// A null or undefined in a Prisma filter matches every row
describe('D7: a link that is empty, null or undefined', () => {
  it.each(['', 'null', 'undefined', '.', '..', '%', '[object Object]'])(
    'opens nothing as the text %s',
    async (text) => {
      await resetToken((await app.createUser()).email);
      expect([await reset(text), await confirm(text)]).toEqual(['InvalidTokenError', 'InvalidTokenError']);
    },
  );
});

// OWASP Forgot Password Cheat Sheet
describe('D9: mail bombing', () => {
  const limited = async (env: NodeJS.ProcessEnv, run: (to: TestApp) => Promise<void>) => {
    const bombed = await startApp(env);
    await run(bombed).finally(() => bombed.close());
  };
  const answersOf = (to: TestApp, email: string) => [
    () => to.send(SignUpDocument, { input: { email, password: PASSWORD } }),
    () => to.send(ResendVerificationEmailDocument, { input: { email } }),
    () => askReset(email, to),
  ];

  it('is silent for an address: the responses are the same, and no email is sent', () =>
    limited({ MAILS_PER_ADDRESS_PER_HOUR: '3' }, async (to) => {
      const user = await to.createUser({ verified: false });
      for (let round = 0; round < 4; round += 1)
        for (const send of answersOf(to, user.email)) {
          const { status, errors } = await send();
          expect({ status, errors }).toEqual({ status: 200, errors: [] });
        }
      await to.idle();
      const mails = await to.mailbox.to(user.email);
      // Three of each kind.
      expect(mails).toHaveLength(9);
    }));

  it('keeps nobody from signing up when it comes as requests of other kinds', () =>
    limited({ MAILS_PER_ADDRESS_PER_HOUR: '2' }, async (to) => {
      const email = 'expected@example.com';
      const spy = await to.newcomer();
      for (let round = 0; round < 3; round += 1) {
        await to.send(ResendVerificationEmailDocument, { input: { email } });
        const input = { newEmail: email, password: PASSWORD };
        await to.send(RequestEmailChangeDocument, { input }, bearer(spy.tokens.accessToken));
      }
      await to.idle();
      await to.signUp(email);
      await to.idle();
      const subjects = (await to.mailbox.to(email)).map(({ subject }) => subject);
      expect(subjects).toContain('Confirm your email address');
    }));

  it('does not keep the owner from a reset when it comes as sign-ups', () =>
    limited({ MAILS_PER_ADDRESS_PER_HOUR: '2' }, async (to) => {
      const user = await to.createUser();
      for (let round = 0; round < 3; round += 1)
        await to.send(SignUpDocument, { input: { email: user.email, password: PASSWORD } });
      await askReset(user.email, to);
      await to.idle();
      const subjects = (await to.mailbox.to(user.email)).map(({ subject }) => subject);
      expect(subjects).toContain('Choose a new password');
    }));

  it('is reported to a client whose network exceeds its limit, as RateLimitedError with Retry-After', () =>
    limited({ MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '2' }, async (to) => {
      await askReset('one@example.com', to);
      await askReset('two@example.com', to);
      const refused = await askReset('three@example.com', to);
      expect([refused.status, refused.data?.requestPasswordReset.__typename]).toEqual([200, 'RateLimitedError']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3500);
      const signedUp = await to.send(SignUpDocument, { input: { email: 'four@example.com', password: PASSWORD } });
      const resent = await to.send(ResendVerificationEmailDocument, { input: { email: 'five@example.com' } });
      const results = [
        { headers: signedUp.headers, result: signedUp.data?.signUp },
        { headers: resent.headers, result: resent.data?.resendVerificationEmail },
      ];
      for (const { headers, result } of results) {
        if (result?.__typename !== 'RateLimitedError') throw new Error(result?.__typename);
        expect(result).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
        expect(headers.get('retry-after')).toBe(String(result.retryAfterSeconds));
      }
    }));

  it('starts again after an hour', () =>
    limited({ MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '1' }, async (to) => {
      await askReset('one@example.com', to);
      expect((await askReset('two@example.com', to)).text).toContain('RateLimitedError');
      await to.database.query('UPDATE auth_rate_limit SET expires_at = now()');
      expect((await askReset('two@example.com', to)).text).toContain('RequestPasswordResetSuccess');
    }));

  it('leaves no address readable in the table of limits', () =>
    limited({}, async (to) => {
      await askReset('secretive@example.com', to);
      await to.idle();
      const keys = await to.database.query('SELECT key FROM auth_rate_limit');
      expect(keys).toHaveLength(3);
      expect(JSON.stringify(keys)).not.toMatch(/secretive|example\.com/);
    }));
});

// authorizer
describe('D11: an attacker who reads the database', () => {
  it('cannot reset a password with the stored digest', async () => {
    const user = await app.createUser();
    const token = await resetToken(user.email);
    const [row] = (await app.database.query(
      `SELECT encode(digest, 'hex') AS digest FROM auth_one_time_token WHERE user_id = $1`,
      [user.id],
    )) as { digest: string }[];
    const [name] = token.split('.');
    const secret = Buffer.from(row?.digest ?? '', 'hex').toString('base64url');
    expect([await reset(`${name}.${secret}`), await reset(token)]).toEqual([
      'InvalidTokenError',
      'ResetPasswordSuccess',
    ]);
  });
});

// ASVS 6.4.3
describe('D12: a reset', () => {
  it('logs nobody in: its response contains no token of a session, and sets no cookie of one', async () => {
    const user = await app.createUser();
    const token = await resetToken(user.email);
    const { text, headers } = await app.send(
      ResetPasswordDocument,
      { input: { token, newPassword: NEW_PASSWORD } },
      { 'x-refresh-transport': 'cookie', origin: app.config.publicUrl },
    );
    const result = { __typename: 'ResetPasswordSuccess', email: user.email, deviceToken: null };
    expect(JSON.parse(text)).toEqual({ data: { resetPassword: result } });
    // A device token opens nothing.
    expect(headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-gatehouse-device=/) as unknown]);
    const sessions = await app.database.query('SELECT 1 FROM auth_session WHERE user_id = $1', [user.id]);
    expect(sessions).toEqual([]);
  });
});
