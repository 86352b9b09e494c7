import fc, { type Arbitrary } from 'fast-check';

import type { Shape } from './request-shapes.js';

/** A piece of text that grows with a number. */
type Piece = (count: number) => string;

const many = (count: number, part: (index: number) => string, separator: string) =>
  Array.from({ length: Math.max(1, Math.round(count)) }, (_, index) => part(index)).join(separator);

/** How a piece and what it repeats share their growth: all of it outside, half of it (in the exponent) or none. */
const shares = fc.constantFrom(0, 0.5, 1);
const letters = fc.constantFrom('a', 'id', 'me', 'x'.repeat(60));

const repeated = (
  inner: Arbitrary<Piece>,
  write: (index: number, inside: string) => string,
  separator: string,
): Arbitrary<Piece> =>
  fc.tuple(inner, shares).map(([piece, share]): Piece => (count) => {
    const inside = piece(count ** share);
    return many(count ** (1 - share), (index) => write(index, inside), separator);
  });

const nested = (inner: Arbitrary<Piece>, before: string, after: string): Arbitrary<Piece> =>
  fc.tuple(inner, shares).map(([piece, share]): Piece => (count) => {
    const depth = Math.round(count ** (1 - share));
    return before.repeat(depth) + piece(count ** share) + after.repeat(depth);
  });

const constant = (...texts: string[]): Arbitrary<Piece> =>
  fc.constantFrom(...texts).map(
    (text): Piece =>
      () =>
        text,
  );

const literal = fc.letrec<{ value: Piece }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    constant('1', '"x"', 'null', 'true', 'ADMIN', 'NOBODY', '$v0', '{}', '[]', '-1e9'),
    constant('x', '9', ' ', '.').map(
      (text): Piece =>
        (count) =>
          `"${text(1).repeat(count)}"`,
    ),
    constant('a\n', ' b\n', '\n').map(
      (text): Piece =>
        (count) =>
          `"""${text(1).repeat(count)}"""`,
    ),
    repeated(tie('value'), (_, inside) => inside, ' ').map(
      (piece): Piece =>
        (count) =>
          `[${piece(count)}]`,
    ),
    repeated(tie('value'), (index, inside) => `k${index}: ${inside}`, ' ').map(
      (piece): Piece =>
        (count) =>
          `{ ${piece(count)} }`,
    ),
    repeated(tie('value'), (_, inside) => `input: ${inside}`, ' ').map(
      (piece): Piece =>
        (count) =>
          `{ ${piece(count)} }`,
    ),
    nested(tie('value'), '[', ']'),
    nested(tie('value'), '{ input: ', ' }'),
  ),
})).value;

const argumentList: Arbitrary<Piece> = fc.oneof(
  constant(''),
  constant('(id: 1)', '(first: 10)', '(input: { refreshToken: "x" })', '(nosuch: 1)'),
  literal.map(
    (value): Piece =>
      (count) =>
        `(input: ${value(count)})`,
  ),
  repeated(literal, (index, inside) => `a${index}: ${inside}`, ' ').map(
    (piece): Piece =>
      (count) =>
        `(${piece(count)})`,
  ),
  repeated(literal, (_, inside) => `id: ${inside}`, ' ').map(
    (piece): Piece =>
      (count) =>
        `(${piece(count)})`,
  ),
);

const directives: Arbitrary<Piece> = fc.oneof(
  { weight: 4, arbitrary: constant('') },
  constant('@skip(if: false)', '@include(if: $v0)', '@nosuch'),
  repeated(constant('@include(if: true)'), (_, inside) => inside, ' '),
  repeated(constant('(if: true)'), (index, inside) => `@d${index}${inside}`, ' '),
);

const names = fc.constantFrom('me', 'authConfig', 'user', 'users', 'logout', '__typename', '__schema', 'id', 'nosuch');

const selection = fc.letrec<{ set: Piece; node: Piece }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(names, argumentList, directives).map(
      ([name, list, applied]): Piece =>
        (count) =>
          `${name}${list(count)} ${applied(count)}`,
    ),
    fc.tuple(names, argumentList, directives, tie('set')).map(
      ([name, list, applied, set]): Piece =>
        (count) =>
          `${name}${list(1)} ${applied(1)} { ${set(count)} }`,
    ),
    fc.tuple(fc.constantFrom('...', '... on Query', '... on User', '... on Nosuch'), tie('set')).map(
      ([head, set]): Piece =>
        (count) =>
          `${head} { ${set(count)} }`,
    ),
    constant('...F0', '...F1', '...Nosuch'),
  ),
  set: fc.oneof(
    { maxDepth: 4 },
    tie('node'),
    repeated(tie('node'), (_, inside) => inside, ' '),
    repeated(tie('node'), (index, inside) => `${inside} x: a${index}`, ' '),
    fc.tuple(letters, names).map(
      ([alias, name]): Piece =>
        (count) =>
          many(count, (index) => `${alias}${index}: ${name}`, ' '),
    ),
    fc.constantFrom('F', 'G').map(
      (name): Piece =>
        (count) =>
          many(count, (index) => `...${name}${index}`, ' '),
    ),
    nested(tie('node'), 'me { ', ' }'),
    nested(tie('node'), '... { ', ' }'),
    nested(tie('node'), '... on Query { me { ', ' } }'),
  ),
})).set;

const fragments: Arbitrary<Piece> = fc.oneof(
  { weight: 3, arbitrary: constant('') },
  repeated(selection, (index, inside) => `fragment F${index} on Query { ${inside} }`, ' '),
  repeated(selection, (index, inside) => `fragment F${index} on Query { ...F${index + 1} ${inside} }`, ' '),
  repeated(
    selection,
    (index, inside) => `fragment F${index} on User { ...F${index + 1} ...F${index + 2} ${inside} }`,
    ' ',
  ),
);

const variableDefinitions: Arbitrary<Piece> = fc.oneof(
  constant('', '($v0: Boolean!)', '($v0: ID = 1)', '($v0: Nosuch)'),
  repeated(literal, (index, inside) => `$v${index}: LogoutInput = ${inside}`, ' ').map(
    (piece): Piece =>
      (count) =>
        `(${piece(count)})`,
  ),
  repeated(constant('ID!', 'String', '[Role!]!', 'Nosuch'), (index, inside) => `$v${index}: ${inside}`, ' ').map(
    (piece): Piece =>
      (count) =>
        `(${piece(count)})`,
  ),
  nested(constant('ID'), '[', ']').map(
    (piece): Piece =>
      (count) =>
        `($v0: ${piece(count)})`,
  ),
);

const padding: Arbitrary<Piece> = fc.oneof(
  { weight: 4, arbitrary: constant('') },
  constant('\n', ',', '#\n', '\r\n').map(
    (text): Piece =>
      (count) =>
        text(1).repeat(count),
  ),
);

const operation = fc.tuple(fc.constantFrom('query', 'mutation', 'subscription'), variableDefinitions, selection).map(
  ([kind, variables, set]) =>
    (count: number, name: string) =>
      `${kind} ${name}${variables(count)} { ${set(count)} }`,
);

const document: Arbitrary<Piece> = fc.tuple(padding, operation, fragments, fc.constantFrom(0, 0, 0.5, 1)).map(
  ([pad, write, rest, share]): Piece =>
    (count) =>
      `${pad(count)}${many(count ** share, (index) => write(count ** (1 - share), `Q${index}`), ' ')} ${rest(count)}`,
);

const json = fc.letrec<{ value: Piece }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    constant('1', '1.5', '"x"', 'null', 'true', '"USER"', '"NOBODY"', '{}', '[]', '-1e99'),
    constant('x', '9', ' ', '.', '\\\\', '\\ud800').map(
      (text): Piece =>
        (count) =>
          `"${text(1).repeat(count)}"`,
    ),
    repeated(tie('value'), (_, inside) => inside, ',').map(
      (piece): Piece =>
        (count) =>
          `[${piece(count)}]`,
    ),
    repeated(tie('value'), (index, inside) => `"k${index}":${inside}`, ',').map(
      (piece): Piece =>
        (count) =>
          `{${piece(count)}}`,
    ),
    nested(tie('value'), '[', ']'),
    nested(tie('value'), '{"input":', '}'),
    fc.tuple(tie('value'), tie('value')).map(
      ([first, second]): Piece =>
        (count) =>
          `{"refreshToken":${first(count)},"userId":${second(count)},"roles":${second(count)},"first":1}`,
    ),
  ),
})).value;

/** Documents that take a variable of each kind of type. */
const taking = fc.constantFrom(
  'mutation ($v0: LogoutInput!) { logout(input: $v0) { revokedSessions } }',
  'mutation ($v0: LoginInput!) { login(input: $v0) { __typename } }',
  'mutation ($v0: SetUserRolesInput!) { setUserRoles(input: $v0) { __typename } }',
  'query ($v0: ID!) { user(id: $v0) { id } }',
  'query ($v0: Int!) { users(first: $v0) { edges { cursor } } }',
  'query ($v0: String) { users(first: 10, query: $v0) { edges { cursor } } }',
);

/** Bodies of every shape that the grammar of GraphQL and JSON allows, each of which can be made larger. */
export const anyShape: Arbitrary<Shape> = fc.oneof(
  document.map(
    (write): Shape =>
      (count) =>
        JSON.stringify({ query: write(count), variables: { v0: '1' } }),
  ),
  fc.tuple(taking, json).map(
    ([query, write]): Shape =>
      (count) =>
        `{"query":${JSON.stringify(query)},"variables":{"v0":${write(count)}}}`,
  ),
);
