import { isQueryUtf8, isRequestTarget, pathOf, valuesOf } from '../../src/http/request-head.js';

describe('a request target', () => {
  it.each(['/', '/graphql?query=%7Bme%7D', '/a%20b', 'http://localhost/graphql', 'HTTPS://example.com/x'])(
    'is accepted as a path or an absolute URL: %s',
    (target) => {
      expect(isRequestTarget(target)).toBe(true);
    },
  );

  it.each(['', '*', 'graphql', 'ftp://a/b', '/a b', '/\u00e4', '/%ff', '/%', 'http:///x', '/\x7f'])(
    'is refused when a later parser would read it differently: %j',
    (target) => {
      expect(isRequestTarget(target)).toBe(false);
    },
  );

  it('has the path that the router compares', () => {
    expect(pathOf('/graphql?query=x')).toBe('/graphql');
    expect(pathOf('http://localhost/graphql#x')).toBe('/graphql');
    expect(pathOf('/%67raphql')).toBe('/graphql');
  });
});

describe('a query string', () => {
  it.each([
    ['/graphql', true],
    ['/graphql?query=%C3%A4', true],
    ['/graphql?query=100%', true],
    ['/graphql?query=%ff', false],
    ['/graphql?query=%C3', false],
  ])('is UTF-8 or not: %s', (target, expected) => {
    expect(isQueryUtf8(target)).toBe(expected);
  });
});

describe('a repeated header', () => {
  it('keeps every value, in any case of its name', () => {
    const rawHeaders = ['Host', 'a', 'AUTHORIZATION', 'one', 'X-A', 'authorization', 'authorization', 'two'];
    expect(valuesOf(rawHeaders, 'authorization')).toEqual(['one', 'two']);
  });
});
