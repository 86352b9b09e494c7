import { jsonTextOf } from '../../src/values/json-text.js';

const limits = { maxBytes: 64, maxDepth: 3 };

describe('the JSON text of a value', () => {
  it('is that of JSON.stringify', () => {
    const value = { text: 'ä', list: [1, null, true], nested: { empty: {} } };
    expect(jsonTextOf(value, limits)).toBe(JSON.stringify(value));
  });

  it('is at most as long as permitted, in bytes of UTF-8', () => {
    expect(jsonTextOf('ä'.repeat(31), limits)).toHaveLength(33);
    expect(() => jsonTextOf('ä'.repeat(32), limits)).toThrow('It is longer than 64 bytes as JSON.');
  });

  it('is refused for a deep value, and so for one that contains itself', () => {
    expect(jsonTextOf([[[]]], limits)).toBe('[[[]]]');
    expect(() => jsonTextOf([[[[]]]], limits)).toThrow('$[0][0][0] is nested more than 3 levels deep.');
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    expect(() => jsonTextOf(cyclic, limits)).toThrow('$.self.self.self is nested more than 3 levels deep.');
  });

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a BigInt', 1n],
    ['NaN', Number.NaN],
    ['a date', new Date(0)],
    ['a Map', new Map()],
    ['an object with toJSON', { toJSON: () => 'another value' }],
    ['half of a surrogate pair', '\ud800'],
  ])('is refused where JSON would drop or change the value: %s', (_, value) => {
    expect(() => jsonTextOf({ a: [value] }, limits)).toThrow('$.a[0] is not JSON.');
  });

  it('is refused for a hole in a list', () => {
    expect(() => jsonTextOf(new Array(1), limits)).toThrow('$[0] is not JSON.');
  });

  it('is refused for a member __proto__', () => {
    expect(() => jsonTextOf({ a: JSON.parse('{"__proto__":{"isAdmin":true}}') as object }, limits)).toThrow(
      '$.a has a member __proto__.',
    );
  });

  it('is that of the value that was checked, although a getter returns another one each time', () => {
    let reads = 0;
    const changing = {
      get plan() {
        reads += 1;
        return reads === 1 ? 'pro' : () => undefined;
      },
    };
    expect(jsonTextOf(changing, limits)).toBe('{"plan":"pro"}');
    expect(reads).toBe(1);
  });

  it('is refused soon for a list that claims to be endless', () => {
    const endless = new Proxy([], { get: (_, name) => (name === 'length' ? 2 ** 32 - 1 : 0) });
    expect(() => jsonTextOf(endless, limits)).toThrow('It is longer than 64 bytes as JSON.');
  });
});
