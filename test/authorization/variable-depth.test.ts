import { isDeeperThan } from '../../src/authorization/variable-depth.js';

const nested = (depth: number, before: string, inside: string, after: string): unknown =>
  JSON.parse(before.repeat(depth) + inside + after.repeat(depth));

describe('the depth of a value', () => {
  it.each([
    ['lists', (depth: number) => nested(depth, '[', '1', ']')],
    ['empty lists', (depth: number) => nested(depth - 1, '[', '[]', ']')],
    ['objects', (depth: number) => nested(depth, '{"a":', 'null', '}')],
    ['lists beside others', (depth: number) => nested(depth - 1, '[{},', '[1]', ',[]]')],
  ])('is the number of containers around each other: %s', (_description, value) => {
    expect(isDeeperThan(value(10), 10)).toBe(false);
    expect(isDeeperThan(value(11), 10)).toBe(true);
  });

  it('of a value that is no container is nothing', () => {
    for (const value of [null, undefined, 1, 'text', true]) expect(isDeeperThan(value, 0)).toBe(false);
  });

  it('exhausts no stack', () => {
    const value = nested(100_000, '[', '', ']');
    expect(isDeeperThan(value, 99_999)).toBe(true);
    expect(isDeeperThan(value, 100_000)).toBe(false);
  });
});
