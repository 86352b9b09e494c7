/**
 * Addresses: the attacks D1 and D8. A look-alike of somebody's address must not reach that somebody's account, at no
 * entrance and by no character there is, and an address is one recipient in one header.
 */
import type { Email } from 'postal-mime';

import { parseEmailAddress } from '../../src/values/email-address.js';
import { PASSWORD, startApp, type TestApp, type TestUser } from '../support/app.js';
import { LoginDocument, SignUpDocument } from '../support/generated/operations.js';

let app: TestApp;
let kirk: TestUser;

beforeAll(async () => {
  app = await startApp();
  kirk = await app.createUser({ email: 'kirk.is@skis.example.com' });
});

afterAll(() => app.close());

/** Whatever takes an address from outside, and what it answers to one that it cannot use. A new entrance is one line here. */
const entrances: readonly { name: string; take: (email: string) => Promise<unknown>; refusal: unknown }[] = [
  { name: 'signUp', take: (email) => signUp(email), refusal: 'InvalidEmailError' },
  { name: 'login', take: (email) => logIn(email), refusal: 'InvalidCredentialsError' },
  { name: 'user create', take: (email) => create(email), refusal: { failure: 'INVALID_EMAIL' } },
  {
    name: 'user grant, revoke, disable, enable',
    take: (email) => app.gatehouse.auth.users.findByEmail(email),
    refusal: undefined,
  },
];

const signUp = async (email: string) => {
  const { data, errors } = await app.send(SignUpDocument, { input: { email, password: PASSWORD } });
  return data?.signUp.__typename ?? errors[0]?.extensions.code;
};

const logIn = async (email: string) => {
  const { data, errors } = await app.send(LoginDocument, { input: { email, password: PASSWORD } });
  return data?.login.__typename ?? errors[0]?.extensions.code;
};

const create = (email: string) =>
  app.gatehouse.auth.users.create(
    { email, password: PASSWORD, name: null, roles: [], verified: false },
    { kind: 'system' },
  );

/** Everything that an address could have left behind. */
const traces = () =>
  app.database.query(
    `SELECT (SELECT count(*) FROM "user") AS users, (SELECT count(*) FROM auth_sign_up) AS sign_ups,
            (SELECT count(*) FROM auth_one_time_token) AS tokens, (SELECT count(*) FROM auth_session) AS sessions`,
  );

/** A character that is not ASCII, and what it becomes by a mapping of which somebody on its way may be fond. */
interface LookAlike {
  readonly character: string;
  readonly mapping: string;
  readonly twin: string;
}

const mappings: Readonly<Record<string, (text: string) => string>> = {
  'lower case': (text) => text.toLowerCase(),
  'upper case': (text) => text.toUpperCase(),
  'upper, then lower case': (text) => text.toUpperCase().toLowerCase(),
  'lower, then upper case': (text) => text.toLowerCase().toUpperCase(),
  'Turkish lower case': (text) => text.toLocaleLowerCase('tr'),
  'Turkish upper case': (text) => text.toLocaleUpperCase('tr'),
  NFKC: (text) => text.normalize('NFKC'),
  'NFKC of lower case': (text) => text.toLowerCase().normalize('NFKC'),
  'NFKC of upper case': (text) => text.toUpperCase().normalize('NFKC'),
  'upper case of NFKC': (text) => text.normalize('NFKC').toUpperCase(),
};

/** Of every code point there is, each that a mapping takes to ASCII, whole or in part. */
const lookAlikes: readonly LookAlike[] = Array.from({ length: 0x110000 - 0x80 }, (_, index) => index + 0x80)
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .flatMap((point) => {
    const character = String.fromCodePoint(point);
    return Object.entries(mappings)
      .map(([mapping, map]) => ({ character, mapping, twin: map(character) }))
      .filter(({ twin }) => /\p{ASCII}/u.test(twin));
  });

/** One of each kind: by the mappings that take it to ASCII, and by what part of an address it becomes. */
const representatives = [
  ...new Map(
    [...new Set(lookAlikes.map(({ character }) => character))].map((character): [string, string] => {
      const own = lookAlikes.filter((lookAlike) => lookAlike.character === character);
      const twin = own[0]?.twin ?? '';
      const part = /[@.]/.exec(twin)?.[0] ?? (/^[a-z0-9]+$/i.test(twin) ? 'letters' : 'others');
      return [[...own.map(({ mapping }) => mapping), part].join(), character];
    }),
  ).values(),
];

const letters = [
  ['dotless i', '\u0131', 'i'],
  ['the Kelvin sign', '\u212a', 'k'],
  ['long s', '\u017f', 's'],
] as const;

describe('D1: a character that looks like another in an address (CVE-2019-19844)', () => {
  it('is covered in every form', () => {
    const characters = new Set(lookAlikes.map(({ character }) => character));
    expect(characters.size).toBeGreaterThan(1500);
    for (const [, character] of letters) expect(characters).toContain(character);
    expect(representatives.length).toBeGreaterThan(10);
  });

  it('is part of no address, for each of a million code points and in each position, except as white space around it', () => {
    const accepted = lookAlikes.filter(({ character: it }) =>
      [
        `${it}irk@example.com`,
        `kir${it}@example.com`,
        `kirk@ex${it}mple.com`,
        `kirk@example.co${it}`,
        `kirk@${it}.com`,
        `kirk${it}example.com`,
        `kirk@example${it}com`,
        `kirk@example.com${it}`,
        `kirk@xn--mnchen-3ya${it}.com`,
      ].some((address) => address === address.trim() && parseEmailAddress(address) !== undefined),
    );
    expect(accepted).toEqual([]);
  });

  it.each(entrances)('is rejected at $name, one of each kind, and leaves no trace', async ({ take, refusal }) => {
    const before = await traces();
    for (const character of representatives) {
      expect({ character, local: await take(`kir${character}@example.com`) }).toMatchObject({
        local: refusal,
      });
      expect({ character, domain: await take(`a@s${character}s.com`) }).toMatchObject({
        domain: refusal,
      });
    }
    expect(await traces()).toEqual(before);
  });

  it.each(letters)('does not reach the account of its twin: %s', async (_name, character, ascii) => {
    const [local = '', domain = ''] = kirk.email.split('@');
    const twins = [`${local.replace(ascii, character)}@${domain}`, `${local}@${domain.replace(ascii, character)}`];
    for (const twin of twins) {
      expect(twin).not.toBe(kirk.email);
      for (const { take, refusal } of entrances) expect(await take(twin)).toEqual(refusal);
    }
    expect(await app.mailbox.to(kirk.email)).toEqual([]);
  });

  it('has one account regardless of the case of its letters, and its email goes to the stored spelling', async () => {
    const { email } = await app.createUser({ email: 'Nyota.Uhura@example.com' });
    for (const spelling of ['nyota.uhura@example.com', 'NYOTA.UHURA@EXAMPLE.COM', email]) {
      expect(await logIn(spelling)).toBe('LoginSuccess');
      expect(await create(spelling)).toEqual({ failure: 'INVALID_INPUT', fields: ['email'] });
    }
    expect(await signUp('NYOTA.uhura@example.COM')).toBe('SignUpSuccess');
    expect(recipientsOf(await app.mailbox.waitFor(email))).toEqual([email]);
    expect(await app.mailbox.to('NYOTA.uhura@example.COM')).toEqual([]);
  });
});

describe('D8: an address that is more than one', () => {
  it.each([
    ['a line break and a header', 'kirk@example.com\r\nBcc: khan@example.com'],
    ['a bare line feed', 'kirk@example.com\nkhan@example.com'],
    ['a bare carriage return', 'kirk@example.com\rkhan@example.com'],
    ['a line separator', 'kirk@example.com\u2028khan@example.com'],
    ['a comma', 'kirk@example.com,khan@example.com'],
    ['a comma inside', 'kirk,khan@example.com'],
    ['a semicolon', 'kirk@example.com;khan@example.com'],
    ['a space', 'kirk@example.com khan@example.com'],
    ['a quoted local part', '"khan@example.com, kirk"@example.com'],
    ['a quoted local part with nothing in need of quotes', '"kirk"@example.com'],
    ['a quoted pair', 'kirk\\@khan@example.com'],
    ['a display name', 'Kirk <khan@example.com>'],
    ['a group', 'crew:kirk@example.com,khan@example.com;'],
    ['a comment', 'kirk(khan@example.com)@example.com'],
    ['a source route', '@khan.example.com:kirk@example.com'],
    ['a second at sign', 'kirk@example.com@khan.example.com'],
  ])('is refused at every entrance: %s', async (_what, address) => {
    const before = await traces();
    for (const { take, refusal } of entrances) {
      expect(await take(address)).toEqual(refusal);
    }
    expect(await traces()).toEqual(before);
  });

  it('is one recipient in one header, with every character that is allowed', async () => {
    const address = "!#$%&'*+/=?^_`{|}~-.o'hara@example.com";
    expect(await signUp(address)).toBe('SignUpSuccess');
    const mail = await app.mailbox.waitFor(address);
    expect(recipientsOf(mail)).toEqual([address]);
    expect(mail.headers.filter(({ key }) => ['to', 'cc', 'bcc'].includes(key))).toHaveLength(1);
  });
});

const recipientsOf = ({ to, cc, bcc }: Email) =>
  [...(to ?? []), ...(cc ?? []), ...(bcc ?? [])].map(({ address }) => address);
