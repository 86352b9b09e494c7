import {
  createPasswordPolicy,
  formWeaknesses,
  type PasswordRules,
} from '../../../src/auth/password-checks/password-policy.js';
import { openLeakedPasswords } from '../../../src/security/passwords/leaked-passwords.js';

const NOBODY = { email: 'x@y.zz', name: null };
const leaked = openLeakedPasswords();

const weaknesses = (password: string, personal = NOBODY as { email: string; name: string | null }, rules = {}) =>
  createPasswordPolicy({ minLength: 15, host: 'localhost', leaked, ...rules }).weaknesses(password, personal);

const unlike = (count: number): string =>
  Array.from({ length: count }, (_, index) => String.fromCodePoint(0x1f400 + ((index * 37) % 251))).join('');

describe('password policy', () => {
  it('counts code points after NFC, not bytes and not UTF-16 units', async () => {
    expect(await weaknesses(unlike(14))).toEqual(['TOO_SHORT']);
    expect(await weaknesses(unlike(15))).toEqual([]);
    const composed = 'äöüéèêçñåëïôûàì';
    expect(composed.normalize('NFD')).toHaveLength(30);
    expect(await weaknesses(composed.normalize('NFD'))).toEqual([]);
    expect(await weaknesses(composed.slice(1).normalize('NFD'))).toEqual(['TOO_SHORT']);
  });

  it('takes 256 characters and refuses 257', async () => {
    expect(
      await weaknesses(
        unlike(251)
          .repeat(2)
          .slice(0, 2 * 256),
      ),
    ).toEqual([]);
    expect(
      await weaknesses(
        unlike(251)
          .repeat(2)
          .slice(0, 2 * 257),
      ),
    ).toEqual(['TOO_LONG']);
  });

  it('demands nothing of its composition', async () => {
    for (const password of ['quarrelsome badger orchid', '739105846207419', '{]%;#/!=?~^*:&|'])
      expect(await weaknesses(password)).toEqual([]);
  });

  it('reports a leaked password together with its other weaknesses', async () => {
    expect(await weaknesses('passwordpassword')).toEqual(['LEAKED']);
    expect(await weaknesses('gatehousegatehouse')).toEqual(['CONTAINS_PERSONAL_WORD', 'LEAKED']);
    expect(await weaknesses('password1')).toEqual(['TOO_SHORT']);
    expect(await weaknesses('password1', NOBODY, { minLength: 8 })).toEqual(['LEAKED']);
  });

  it.each([
    ['the address', 'my pw: al@b.cc is it', { email: 'Al@b.cc', name: null }],
    ['the local part of the address', 'my ADALOVELACE password', { email: 'adalovelace@y.zz', name: null }],
    ['a local part of short words', 'my pw: a.d.a is it', { email: 'a.d.a@y.zz', name: null }],
    ['a part of it', 'my lovelace password', { email: 'ada.lovelace@y.zz', name: null }],
    ['the domain', 'my example password', { email: 'a@example.org', name: null }],
    ['a label of the domain', 'my analytical password', { email: 'a@analytical.engine-works.co', name: null }],
    ['an internationalised domain', 'my München password', { email: 'a@xn--mnchen-3ya.de', name: null }],
    ['a word of the name', 'my lovelace password', { email: 'a@b.cc', name: 'Ada Lovelace' }],
    ['a name of short words', 'my pw: Al Bo is it', { email: 'a@b.cc', name: 'Al Bo' }],
    ['a part of a double name', 'my lovelace password', { email: 'a@b.cc', name: 'King-Lovelace' }],
    ['a name with letters of its own', 'my ÅNGSTRÖM password', { email: 'a@b.cc', name: 'Anders Ångström' }],
    ['the same without its accents', 'my angstrom password', { email: 'a@b.cc', name: 'Anders A\u030angstro\u0308m' }],
    ['the same in full width', 'my ａｎｇｓｔｒｏｍ password', { email: 'a@b.cc', name: 'Anders Ångström' }],
    ['the same in disguise', 'my 4ngstr0m password', { email: 'a@b.cc', name: 'Anders Ångström' }],
    ['a name of two characters', '小明 quarrels with badgers', { email: 'a@b.cc', name: '王 小明' }],
    ['the name of the product', 'my GateHouse password', NOBODY],
    ['the name of the product in disguise', 'my g4t3h0use password', NOBODY],
  ])('refuses %s', async (_what, password, personal) => {
    expect(await weaknesses(password, personal)).toEqual(['CONTAINS_PERSONAL_WORD']);
  });

  it('refuses the name of the service', async () => {
    const rules = { host: 'id.acme-bank.example', appName: 'Blue Heron' };
    for (const password of ['quarrelsome acme badger', 'quarrelsome heron badger'])
      expect(await weaknesses(password, NOBODY, rules)).toEqual(['CONTAINS_PERSONAL_WORD']);
  });

  it('accepts words of fewer than four letters: any sentence contains them', async () => {
    expect(await weaknesses('a boat and a canal', { email: 'ada@and.io', name: 'Al Boa' })).toEqual([]);
  });

  it('accepts the top-level domain of an address, which is not personal', async () => {
    expect(await weaknesses('more information than needed', { email: 'ada@and.info', name: null })).toEqual([]);
  });

  it('names every rule that is broken', async () => {
    expect(await weaknesses('gatehouse')).toEqual(['TOO_SHORT', 'CONTAINS_PERSONAL_WORD']);
  });

  describe('with a range service', () => {
    const asked: string[] = [];
    const range: PasswordRules['range'] = (password) => {
      asked.push(password);
      return Promise.resolve(password.startsWith('seen'));
    };
    const judge = (password: string) => weaknesses(password, NOBODY, { range });

    it('refuses what only the service knows', async () => {
      expect(await judge('seen quarrelsome badger')).toEqual(['LEAKED']);
      expect(await judge('unseen quarrelsome badger')).toEqual([]);
    });

    it('asks it about nothing that is refused anyway', async () => {
      asked.length = 0;
      for (const password of ['seen', 'passwordpassword', 'seen by a gatehouse keeper']) await judge(password);
      expect(asked).toEqual([]);
    });
  });

  it('judges nothing where nothing may be waited for', async () => {
    const guard = () => {
      throw new Error('inside a transaction');
    };
    await expect(weaknesses('quarrelsome badger orchid', NOBODY, { guard })).rejects.toThrow('inside a transaction');
  });
});

describe('formWeaknesses', () => {
  it('refuses a password that is too long, or has half of a surrogate pair, before it costs anything', () => {
    expect(formWeaknesses('short')).toEqual([]);
    expect(formWeaknesses('🦉'.repeat(256))).toEqual([]);
    expect(formWeaknesses('a'.repeat(257))).toEqual(['TOO_LONG']);
    // CVE-2013-1443
    expect(formWeaknesses('a'.repeat(1_000_000))).toEqual(['TOO_LONG']);
    expect(formWeaknesses('quarrelsome badger orchid\ud83e')).toEqual(['TOO_SHORT']);
  });
});
