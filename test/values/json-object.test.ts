import { parseJsonObject } from '../../src/values/json-object.js';

const parse = (text: string): unknown => parseJsonObject(Buffer.from(text));

describe('JSON object', () => {
  it.each([
    ['{}', {}],
    ['{"a":1,"b":{"a":1}}', { a: 1, b: { a: 1 } }],
    [' {\r\n "a" : [ { "b" : null } , { "b" : null } ] } ', { a: [{ b: null }, { b: null }] }],
    ['{"a":"\\"b\\":","c":":"}', { a: '"b":', c: ':' }],
    ['{"a":["x",":","y\\\\"]}', { a: ['x', ':', 'y\\'] }],
    ['{"\u00e9":1,"e\u0301":2}', { '\u00e9': 1, 'e\u0301': 2 }],
  ])('reads %s', (text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it.each([
    ['a name twice', '{"a":1,"a":1}'],
    ['a name twice, once in escapes', '{"exp":1,"\\u0065xp":2}'],
    ['a name twice, both in different escapes', '{"\\u002f":1,"\\/":2}'],
    ['a name twice far inside', '{"a":[{"b":{"c":1,"c":2}}]}'],
    ['a name twice with white space before the colon', '{"a" :1,"a"\n:2}'],
    ['an empty name twice', '{"":1,"":2}'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['an array', '[1]'],
    ['a string', '"a"'],
    ['a number', '1'],
    ['null', 'null'],
    ['true', 'true'],
    ['nothing', ''],
    ['a comment', '{/**/}'],
    ['a trailing comma', '{"a":1,}'],
    ['two objects', '{}{}'],
    ['NaN', '{"a":NaN}'],
    ['a byte order mark', '\ufeff{}'],
  ])('refuses %s', (_, text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('keeps __proto__ a member like others', () => {
    const value = parse('{"__proto__":{"sub":"x"}}');
    expect(Object.keys(value ?? {})).toEqual(['__proto__']);
    expect((value as { sub?: unknown }).sub).toBeUndefined();
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(parseJsonObject(Buffer.from('7b2261223a22ff227d', 'hex'))).toBeUndefined();
    expect(parseJsonObject(Buffer.from('7b2261223a22eda080227d', 'hex'))).toBeUndefined();
    expect(parseJsonObject(Buffer.from('7b2261223a22c0af227d', 'hex'))).toBeUndefined();
  });

  it('reads as deep as a token can nest', () => {
    const depth = 1500;
    expect(parse(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toBeDefined();
  });
});
