import { bearer, PASSWORD, startApp, type TestApp } from '../support/app.js';

let app: TestApp;
let headers: Record<string, string>;

beforeAll(async () => {
  app = await startApp();
  headers = bearer((await app.newcomer()).tokens.accessToken);
});

afterAll(async () => {
  await app.close();
});

const select = (alias = '') => `${alias} exportMyData(input: { password: "${PASSWORD}" }) { __typename }`;

describe('H8: an export that one document asks for again and again', () => {
  it.each([
    ['aliases', `mutation { ${select('a:')} ${select('b:')} }`],
    ['an alias beside the name', `mutation { ${select()} ${select('b:')} }`],
    ['its name twice', `mutation { ${select()} ${select()} }`],
    ['an inline fragment', `mutation { ${select('a:')} ... { ${select('b:')} } }`],
    [
      'fragments',
      `mutation { ...A ...B } fragment A on Mutation { ${select('a:')} } fragment B on Mutation { ${select('b:')} }`,
    ],
    [
      'a fragment in a fragment',
      `mutation { ${select('a:')} ...A } fragment A on Mutation { ...B } fragment B on Mutation { ${select('b:')} }`,
    ],
  ])('is QUERY_TOO_COMPLEX: %s', async (_description, query) => {
    const { status, errors, data } = await app.post(JSON.stringify({ query }), headers);
    expect({ status, data, code: errors[0]?.extensions.code }).toEqual({
      status: 400,
      data: undefined,
      code: 'QUERY_TOO_COMPLEX',
    });
  });

  it.each([
    ['once', `mutation { ${select()} }`],
    ['once, the other skipped', `mutation { ${select('a:')} ... @skip(if: true) { ${select('b:')} } }`],
    ['in a fragment', `mutation { ...A ...A } fragment A on Mutation { ${select()} }`],
  ])('is answered: %s', async (_description, query) => {
    expect((await app.post(JSON.stringify({ query }), headers)).text).toContain('ExportMyDataSuccess');
  });
});
