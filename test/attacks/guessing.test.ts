/** Guessing: the attack C9. C7 stands with the other inputs that are too large, in api/bad-input. */
import { bearer, PASSWORD, startApp, type TestApp } from '../support/app.js';
import { ChangePasswordDocument, LoginDocument } from '../support/generated/operations.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});

afterAll(() => app.close());

describe('C9: a password that another layer would cut, trim or replace (ASVS 6.2.8)', () => {
  const seventyTwo = 'quarrelsome badgers, orchids and three umbrellas; a sextant, one astrolabe!';
  const first72 = seventyTwo.slice(0, 72);

  it.each([
    ['a NUL', 'quarrelsome bad\0ger orchid', ['quarrelsome bad', 'quarrelsome badger orchid', 'quarrelsome bad\0']],
    ['a NUL at its end', 'quarrelsome badger\0', ['quarrelsome badger', 'quarrelsome badger\0\0']],
    ['a trailing space', 'quarrelsome badger ', ['quarrelsome badger', 'quarrelsome badger  ', 'quarrelsome badger\t']],
    ['a leading space', ' quarrelsome badger', ['quarrelsome badger', '\u00a0quarrelsome badger']],
    ['a line break', 'quarrelsome badger\n', ['quarrelsome badger', 'quarrelsome badger\r\n']],
    [
      'emoji',
      'quarrelsome 🦉🦡🌸 etc',
      ['quarrelsome ??? etc', 'quarrelsome \ufffd\ufffd\ufffd etc', 'quarrelsome 🦉🦡🌺 etc'],
    ],
    ['a letter in full width', 'ｑuarrelsome badger', ['quarrelsome badger']],
    ['capital letters', 'Quarrelsome Badger', ['quarrelsome badger', 'QUARRELSOME BADGER']],
    ['more than 72 bytes', `${first72}1`, [first72, `${first72}2`, `${first72}11`]],
    ['256 characters of four bytes', unlike(256), [unlike(255), `${unlike(255)}x`]],
  ])('is verified exactly: %s', async (_what, password, others) => {
    const { email, tokens } = await app.newcomer();
    const change = { input: { currentPassword: PASSWORD, newPassword: password } };
    const changed = await app.send(ChangePasswordDocument, change, bearer(tokens.accessToken));
    expect(changed.data?.changePassword.__typename).toBe('ChangePasswordSuccess');

    for (const other of others) {
      const { data } = await app.send(LoginDocument, { input: { email, password: other } });
      expect({ other, answer: data?.login.__typename }).toEqual({ other, answer: 'InvalidCredentialsError' });
    }
    const { data } = await app.send(LoginDocument, { input: { email, password } });
    expect(data?.login.__typename).toBe('LoginSuccess');
  });

  it('is the same in every Unicode composition, and different otherwise', async () => {
    const { email, tokens } = await app.newcomer();
    const change = { input: { currentPassword: PASSWORD, newPassword: 'quarrelsome caf\u00e9 owner' } };
    await app.send(ChangePasswordDocument, change, bearer(tokens.accessToken));
    await app.login({ email, password: 'quarrelsome cafe\u0301 owner' });
    await expect(app.login({ email, password: 'quarrelsome cafe owner' })).rejects.toThrow('InvalidCredentialsError');
  });
});

function unlike(count: number): string {
  return Array.from({ length: count }, (_, index) => String.fromCodePoint(0x1f300 + ((index * 37) % 257))).join('');
}
