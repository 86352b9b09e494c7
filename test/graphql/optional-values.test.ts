import { buildSchema, getNamedType, GraphQLInputObjectType, isNonNullType } from 'graphql';

import { readFileSync } from 'node:fs';

import { presentedDeviceToken, type RefreshCookie } from '../../src/graphql/refresh-transport.js';
import { bearer, PASSWORD, startApp, type TestApp } from '../support/app.js';
import {
  LoginDocument,
  RequestEmailChangeDocument,
  RequestPasswordResetDocument,
  ResendVerificationEmailDocument,
  SignUpDocument,
  UpdateProfileDocument,
  UsersDocument,
  VerifyEmailDocument,
} from '../support/generated/operations.js';
import { tokenIn } from '../support/mailbox.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

const spaced = (email: string) => ` \t${email}\u00a0\r\n`;

describe('white space around an address is ignored', () => {
  it('at sign-up, login and a search', async () => {
    const { data } = await app.send(SignUpDocument, {
      input: { email: spaced('grace@example.com'), password: PASSWORD },
    });
    if (data?.signUp.__typename !== 'SignUpSuccess') throw new Error(data?.signUp.__typename);
    const token = tokenIn(await app.mailbox.waitForLink('grace@example.com'));
    await app.send(VerifyEmailDocument, { input: { token, receipt: data.signUp.receipt } });
    await app.login({ email: spaced('Grace@example.com'), password: PASSWORD });
    const { tokens } = await app.newcomer('ADMIN');
    const found = await app.send(
      UsersDocument,
      { filter: { search: spaced('GRACE@example.com') } },
      bearer(tokens.accessToken),
    );
    expect(found.data?.users?.edges.map(({ node }) => node.email)).toEqual(['grace@example.com']);
  });

  it('where a reset, a verification or a change of address is requested', async () => {
    const [user, unverified] = [await app.newcomer(), await app.createUser({ verified: false })];
    await app.send(RequestPasswordResetDocument, { input: { email: spaced(user.email) } });
    await app.send(ResendVerificationEmailDocument, { input: { email: spaced(unverified.email) } });
    const input = { newEmail: spaced('new-address@example.com'), password: PASSWORD };
    await app.send(RequestEmailChangeDocument, { input }, bearer(user.tokens.accessToken));
    await app.idle();
    const subjects = await Promise.all(
      [user.email, unverified.email, 'new-address@example.com'].map(async (email) =>
        (await app.mailbox.to(email)).map(({ subject }) => subject),
      ),
    );
    expect(subjects).toEqual([
      expect.arrayContaining(['Choose a new password']),
      ['Confirm your email address'],
      [expect.stringContaining('address')],
    ]);
  });
});

describe('an empty string in an optional field means null', () => {
  /** Every optional text in the input of a mutation. A new one is added here together with its test. */
  const optionalTexts = [
    'LoginInput.deviceToken',
    'SignUpInput.locale',
    'SignUpInput.name',
    'UpdateProfileInput.locale',
    'UpdateProfileInput.name',
    'VerifyEmailInput.newPassword',
    'VerifyEmailInput.receipt',
  ];

  it('in these fields, which are all', () => {
    const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
    const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
    const inputs = new Set(mutations.flatMap(({ args }) => args.map(({ type }) => getNamedType(type))));
    const ours = [...inputs].filter((type) => type instanceof GraphQLInputObjectType);
    const texts = ours.flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => !isNonNullType(field.type) && getNamedType(field.type).name === 'String')
        .map((field) => `${type.name}.${field.name}`),
    );
    expect(texts.sort()).toEqual(optionalTexts);
  });

  it('at login and in a profile', async () => {
    const user = await app.createUser();
    const input = { email: user.email, password: user.password, deviceToken: '' };
    const { data } = await app.send(LoginDocument, { input });
    if (data?.login.__typename !== 'LoginSuccess') throw new Error(data?.login.__typename);
    const asUser = bearer(data.login.accessToken);
    await app.send(UpdateProfileDocument, { input: { name: 'Ada', locale: 'de' } }, asUser);
    const cleared = await app.send(UpdateProfileDocument, { input: { name: '', locale: '' } }, asUser);
    expect(cleared.data?.updateProfile).toMatchObject({ user: { name: null, locale: null } });
  });

  it('at a login in cookie mode, whose device token is then that of the cookie', () => {
    const cookie = { isWanted: true, deviceToken: 'of the cookie' } as RefreshCookie;
    expect(presentedDeviceToken(cookie, '')).toBe('of the cookie');
  });

  it('in the cursors of a page', async () => {
    const { tokens } = await app.newcomer('ADMIN');
    const page = async (after: string | null, before: string | null) =>
      (await app.send(UsersDocument, { first: 2, after, before }, bearer(tokens.accessToken))).data?.users?.edges;
    expect(await page('', '')).toEqual(await page(null, null));
  });

  it('at a sign-up and its verification', async () => {
    const input = { email: 'joan@example.com', password: PASSWORD, name: '', locale: '' };
    const { data } = await app.send(SignUpDocument, { input });
    if (data?.signUp.__typename !== 'SignUpSuccess') throw new Error(data?.signUp.__typename);
    const { receipt } = data.signUp;
    const token = tokenIn(await app.mailbox.waitForLink(input.email));
    const verify = async (proof: { receipt: string; newPassword: string }) =>
      (await app.send(VerifyEmailDocument, { input: { token, ...proof } })).data?.verifyEmail.__typename;
    expect(await verify({ receipt: '', newPassword: '' })).toBe('PasswordRequiredError');
    expect(await verify({ receipt, newPassword: '' })).toBe('VerifyEmailSuccess');
    const { user } = await app.login(input);
    expect(user).toMatchObject({ name: null, locale: null });
  });
});
