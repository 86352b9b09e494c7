import { createSecretBox } from '../../src/security/secret-box.js';

const first = { id: '2026-01', key: Buffer.alloc(32, 1) };
const second = { id: '2026-02', key: Buffer.alloc(32, 2) };
const secret = Buffer.from('a private key');
const context = ['signing-key', 'kid-1'];

describe('secret box', () => {
  it('opens what it sealed for the same context', () => {
    const box = createSecretBox([first]);
    expect(box.open(box.seal(secret, context), context)).toEqual(secret);
    expect(box.open(box.seal(Buffer.alloc(0), []), [])).toEqual(Buffer.alloc(0));
  });

  it('seals as keyId.base64url of 12 + n + 16 bytes, differently each time, and shows nothing of the secret', () => {
    const box = createSecretBox([first]);
    const sealed = box.seal(secret, context);
    expect(sealed).toMatch(/^2026-01\.[A-Za-z0-9_-]+$/);
    expect(Buffer.from(sealed.slice(8), 'base64url').length).toBe(12 + secret.length + 16);
    expect(Buffer.from(sealed.slice(8), 'base64url').includes(secret)).toBe(false);
    expect(box.seal(secret, context)).not.toBe(sealed);
  });

  it('seals under the first key and opens under all', () => {
    const old = createSecretBox([first]).seal(secret, context);
    const rotated = createSecretBox([second, first]);
    expect(rotated.keyId(old)).toBe('2026-01');
    expect(rotated.open(old, context)).toEqual(secret);
    expect(rotated.keyId(rotated.seal(secret, context))).toBe('2026-02');
  });

  it('does not open without the key', () => {
    const sealed = createSecretBox([first]).seal(secret, context);
    expect(() => createSecretBox([second]).open(sealed, context)).toThrow(
      'Encryption key 2026-01 is not in ENCRYPTION_KEYS.',
    );
  });

  it('does not open under another key of the same id', () => {
    const sealed = createSecretBox([first]).seal(secret, context);
    expect(() => createSecretBox([{ ...second, id: first.id }]).open(sealed, context)).toThrow('altered');
  });

  it.each([
    ['another purpose', ['refresh-key', 'kid-1']],
    ['another row', ['signing-key', 'kid-2']],
    ['fewer words', ['signing-key']],
    ['words joined otherwise', ['signing-ke', 'ykid-1']],
    ['words joined by what a join might use', ['signing-key","kid-1']],
  ])('does not open for %s', (_, other) => {
    const box = createSecretBox([first]);
    expect(() => box.open(box.seal(secret, context), other)).toThrow('altered or moved');
  });

  it('binds the key id: a text under the same key by another name does not open', () => {
    const box = createSecretBox([first, { id: 'twin', key: first.key }]);
    const renamed = box.seal(secret, context).replace('2026-01', 'twin');
    expect(() => box.open(renamed, context)).toThrow('altered');
  });

  it('notices every flipped bit', () => {
    const box = createSecretBox([first]);
    const bytes = Buffer.from(box.seal(secret, context).slice(8), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => box.open(`2026-01.${flipped.toString('base64url')}`, context)).toThrow('altered');
    }
  });

  it.each([
    '',
    '.',
    '2026-01',
    '2026-01.',
    '2026-01.AAAA',
    '.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '2026-01.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
    '2026-01.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAA',
  ])('refuses the malformed text %j', (sealed) => {
    const box = createSecretBox([first]);
    expect(() => box.open(sealed, context)).toThrow('The text is not a sealed secret.');
    expect(() => box.keyId(sealed)).toThrow('The text is not a sealed secret.');
  });

  it('is refused without a key, with a short key, and with an id that is malformed or there twice', () => {
    expect(() => createSecretBox([])).toThrow(RangeError);
    expect(() => createSecretBox([{ id: 'a', key: Buffer.alloc(16) }])).toThrow('must have 32 bytes');
    expect(() => createSecretBox([{ id: 'a.b', key: first.key }])).toThrow('id is');
    expect(() => createSecretBox([first, first])).toThrow('used twice');
  });
});
