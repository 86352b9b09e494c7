import { startKit, type Kit } from '../kit.js';
import { MeDocument } from './generated/operations.js';

let kit: Kit;

beforeAll(async () => {
  kit = await startKit();
});

afterAll(() => kit.close());

describe('the application', () => {
  it('knows a user that is logged in', async () => {
    const { id, email, client } = await kit.user();
    expect(await client.send(MeDocument)).toEqual({ me: { id, email } });
  });

  it('refuses a client that is not', async () => {
    expect(await kit.anonymous.response(MeDocument)).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });
});
