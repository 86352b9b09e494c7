import { PASSWORD, startApp, type TestApp } from '../support/app.js';
import { LoginDocument } from '../support/generated/operations.js';
import { sendBytes, sendRaw } from '../support/raw-http.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(async () => {
  await app.close();
});

/** Posts these bytes as JSON. */
const post = (body: Buffer, contentType = 'application/json') => {
  const head = `POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return sendBytes(app.url, Buffer.concat([Buffer.from(head), body]));
};

const refused = (status: number) => ({ status, codes: ['BAD_REQUEST'] });

const outcomeOf = ({ status, errors }: { status: number; errors: readonly { extensions: { code: string } }[] }) => ({
  status,
  codes: errors.map(({ extensions }) => extensions.code),
});

const typename = Buffer.from('{"query":"{ __typename }"}');

/** A login whose password holds these bytes. */
const login = (email: string, bytes: readonly number[]) => {
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
  const [before = '', after = ''] = JSON.stringify({
    query,
    variables: { input: { email, password: `${PASSWORD} ~` } },
  }).split('~');
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
};

const malformed: [string, number[]][] = [
  ['bytes that nothing begins with', [0xff]],
  ['other bytes that nothing begins with', [0xfe]],
  ['a continuation alone', [0x80]],
  ['a sequence that ends too early', [0xe2, 0x82]],
  ['a sequence that another cuts off', [0xc3, 0x28]],
  ['a slash in two bytes', [0xc0, 0xaf]],
  ['a NUL in two bytes', [0xc0, 0x80]],
  ['an overlong form in three bytes', [0xe0, 0x80, 0xaf]],
  ['an overlong form in four bytes', [0xf0, 0x80, 0x80, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['a pair of surrogates (CESU-8)', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
  ['a code point past the last', [0xf4, 0x90, 0x80, 0x80]],
  ['Latin-1', [0xe4, 0xf6, 0xfc]],
];

describe('F5: a body that is not UTF-8 (CVE-2026-23897)', () => {
  it.each(malformed)('is refused: %s', async (_description, bytes) => {
    expect(outcomeOf(await post(login('a@example.com', bytes)))).toEqual(refused(400));
  });

  it('does not make two passwords equal', async () => {
    const { email } = await app.createUser({ email: 'two-passwords@example.com' });
    const replaced = await app.gatehouse.auth.users.create(
      { email: 'replaced@example.com', password: `${PASSWORD} \ufffd`, name: null, roles: [], verified: true },
      { kind: 'system' },
    );
    expect(replaced).toMatchObject({ email: 'replaced@example.com' });
    for (const address of [email, 'replaced@example.com']) {
      for (const byte of [0xff, 0xfe]) expect((await post(login(address, [byte]))).data).toBeUndefined();
    }
    const { data } = await app.send(LoginDocument, {
      input: { email: 'replaced@example.com', password: `${PASSWORD} \ufffd` },
    });
    expect(data?.login.__typename).toBe('LoginSuccess');
  });

  it.each([
    ['four bytes of one character', [0xf0, 0x9f, 0xa6, 0x86]],
    ['the replacement character itself', [0xef, 0xbf, 0xbd]],
    ['a character that no one has', [0xef, 0xbf, 0xbf]],
  ])('is read when it is UTF-8: %s', async (_description, bytes) => {
    expect((await post(login('a@example.com', bytes))).status).toBe(200);
  });

  it('may begin with one byte order mark', async () => {
    const mark = Buffer.from([0xef, 0xbb, 0xbf]);
    expect((await post(Buffer.concat([mark, typename]))).data).toEqual({ __typename: 'Query' });
    expect(outcomeOf(await post(Buffer.concat([mark, mark, typename])))).toEqual(refused(400));
  });

  it('is rejected in UTF-16 and UTF-32, with and without a charset', async () => {
    const utf16 = Buffer.from('\ufeff{"query":"{ __typename }"}', 'utf16le');
    expect(outcomeOf(await post(utf16))).toEqual(refused(400));
    expect(outcomeOf(await post(utf16.subarray(2)))).toEqual(refused(400));
    expect(outcomeOf(await post(Buffer.from(utf16).swap16()))).toEqual(refused(400));
    expect(outcomeOf(await post(utf16, 'application/json; charset=utf-16'))).toEqual(refused(415));
  });
});

describe('F5: the charset of a body', () => {
  it.each([
    'application/json',
    'application/json;',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json; CHARSET="Utf-8" ; x=y',
    'APPLICATION/JSON; x="y"; charset=utf-8',
  ])('is UTF-8 or is not said: %s', async (contentType) => {
    expect((await post(typename, contentType)).data).toEqual({ __typename: 'Query' });
  });

  it.each([
    'utf-16',
    '"utf-16"',
    'UTF-16LE',
    'utf-32',
    'utf-7',
    'iso-8859-1',
    'windows-1252',
    'us-ascii',
    'utf-8x',
    '"utf-8',
    "'utf-8'",
    ' utf-8',
    '',
    'utf-8; charset=utf-16',
    'utf-16; charset=utf-8',
    'utf-8; charset=utf-8',
    '"utf-8"utf-16',
    '"utf\\-16"',
  ])('is refused: charset=%s', async (charset) => {
    expect(outcomeOf(await post(typename, `application/json; charset=${charset}`))).toEqual(refused(415));
  });

  it.each(['charset =utf-16', 'charset*=utf-16', 'x=y;;charset=utf-16', 'x="\\"; charset=utf-16'])(
    'is refused when it is written oddly: %s',
    async (parameters) => {
      expect(outcomeOf(await post(typename, `application/json; ${parameters}`))).toEqual(refused(415));
    },
  );
});

describe('F5: a query string that is not UTF-8', () => {
  const get = (query: string) => sendRaw(app.url, `GET /graphql?${query} HTTP/1.1\napollo-require-preflight: true`);

  it.each(malformed)('is refused: %s', async (_description, bytes) => {
    const encoded = bytes.map((byte) => `%${byte.toString(16)}`).join('');
    const query = encodeURIComponent('query ($a: Boolean = true) { __typename @include(if: $a) }');
    for (const text of [
      `query=${query}&variables=%7B%22b%22:%22${encoded}%22%7D`,
      `query=${query}&x=${encoded}`,
      `query=${query}&${encoded}=1`,
    ])
      expect(outcomeOf(await get(text))).toEqual(refused(400));
  });

  it('is read if it is UTF-8, with any percent signs', async () => {
    for (const rest of ['', '&x=%F0%9F%A6%86', '&x=100%', '&x=%zz', '&x=a+b', '&x=%25ff'])
      expect((await get(`query={__typename}${rest}`)).data).toEqual({ __typename: 'Query' });
  });

  it('is ignored by a page', async () => {
    expect((await fetch(`${app.url}/verify-email?token=%ff`)).status).toBe(200);
  });
});
