/** A body for the GraphQL endpoint that grows with a number. */
export type Shape = (count: number) => string;

const many = (count: number, part: (index: number) => string, separator = ' ') =>
  Array.from({ length: count }, (_, index) => part(index)).join(separator);

const nested = (count: number, before: string, inside: string, after: string) =>
  before.repeat(count) + inside + after.repeat(count);

const request = (query: string, variables?: unknown) => JSON.stringify({ query, variables });

const logout = 'mutation ($i: LogoutInput!) { logout(input: $i) { revokedSessions } }';
const setRoles = 'mutation ($i: SetUserRolesInput!) { setUserRoles(input: $i) { __typename } }';
const keys = (count: number, value: (index: number) => unknown = () => 1) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value(index)]));
const NAME_LENGTH = 24;
/** A name so long that four thousand of them fill a body. */
const long = (index: number, letter = 'n') => `${letter}${index}`.padEnd(NAME_LENGTH, '_');

/** What has been seen to cost more than its size, or might. */
export const shapes: Readonly<Record<string, Shape>> = {
  'unknown keys in a variable': (n) => request(logout, { i: keys(n) }),
  'unknown keys beside a long text': (n) => request(logout, { i: { ...keys(n / 8), refreshToken: 'x'.repeat(n * 8) } }),
  'wrong members of a list': (n) => request(setRoles, { i: { userId: '1', roles: Array(n).fill('NOBODY') } }),
  'right members of a list': (n) => request(setRoles, { i: { userId: '1', roles: Array(n).fill('USER') } }),
  'lists in lists': (n) => `{"query":${JSON.stringify(setRoles)},"variables":{"i":${nested(n, '[', '1', ']')}}}`,
  'objects in objects': (n) => `{"query":${JSON.stringify(logout)},"variables":{"i":${nested(n, '{"a":', '1', '}')}}}`,
  'undeclared variables': (n) => request('{ __typename }', keys(n)),
  'a long text': (n) => request(logout, { i: { refreshToken: 'x'.repeat(n) } }),
  'a long text of dots': (n) => request(logout, { i: { refreshToken: '.'.repeat(n) } }),
  'a long text for a number': (n) =>
    request('query ($n: Int!) { users(first: $n) { edges { cursor } } }', { n: '9'.repeat(n) }),
  'declared variables': (n) => request(`query (${many(n, (i) => `$${long(i)}: Int`)}) { __typename }`),
  'missing variables': (n) =>
    request(
      `query (${many(n, (i) => `$${long(i)}: ID!`)}) { ${many(n, (i) => `a${i}: user(id: $${long(i)}) { id }`)} }`,
    ),
  'variables of one name': (n) => request(`query (${many(n, () => '$a: Int')}) { __typename }`),
  'conflicting pairs': (n) => request(`{ ${many(n, (i) => `me { x: a${i} x: b }`)} }`),
  'repeats of one field': (n) => request(`{ ${many(n, () => 'me { id }')} }`),
  'repeats of one leaf': (n) => request(`{ ${many(n, () => '__typename')} }`),
  'repeats of one field with arguments': (n) => request(`{ ${many(n, () => 'user(id: 1) { id }')} }`),
  'repeats at two levels': (n) =>
    request(`{ ${many(Math.sqrt(n), () => `me { ${many(Math.sqrt(n), () => 'id')} }`)} }`),
  'fields in a tree': (n) =>
    request(`{ ${Array.from({ length: Math.log2(n + 1) }).reduce<string>((in_) => `me { ${in_} ${in_} }`, 'id')} }`),
  aliases: (n) => request(`{ ${many(n, (i) => `${long(i)}: __typename`)} }`),
  'aliases below a field': (n) => request(`{ authConfig { ${many(n, (i) => `${long(i)}: signUp`)} } }`),
  'unknown fields': (n) => request(`{ ${many(n, (i) => long(i))} }`),
  'one long unknown field': (n) => request(`{ ${'a'.repeat(n)} }`),
  'fields in fields': (n) => request(`{ ${nested(n, 'me { ', 'id', ' }')} }`),
  'inline fragments in each other': (n) => request(`{ ${nested(n, '... { ', '__typename', ' }')} }`),
  'inline fragments beside each other': (n) =>
    request(`{ ${many(n, () => '... on Query { authConfig { signUp } }')} }`),
  'directives at one field': (n) => request(`{ __typename ${many(n, () => '@include(if: true)')} }`),
  'directives at many fields': (n) => request(`{ ${many(n, (i) => `${long(i)}: __typename @skip(if: false)`)} }`),
  'unknown directives': (n) => request(`{ __typename ${many(n, (i) => `@${long(i)}`)} }`),
  'unknown arguments': (n) => request(`{ me(${many(n, (i) => `${long(i)}: 1`)}) { id } }`),
  'one argument again and again': (n) => request(`{ user(${many(n, () => 'id: 1')}) { id } }`),
  'one argument again and again over many lines': (n) =>
    request(`${'\n'.repeat(n * 60)}{ user(${many(n, () => 'id: 1')}) { id } }`),
  'a list literal': (n) =>
    request(`mutation { setUserRoles(input: { userId: 1, roles: [${many(n, () => 'NOBODY')}] }) { __typename } }`),
  'lists in list literals': (n) => request(`{ user(id: ${nested(n, '[', '1', ']')}) { id } }`),
  'an object literal': (n) =>
    request(`mutation { logout(input: { ${many(n, (i) => `${long(i)}: 1`)} }) { revokedSessions } }`),
  'objects in object literals': (n) => request(`{ user(id: ${nested(n, `{ ${long(0)}: `, '1', ' }')}) { id } }`),
  'a long text literal': (n) =>
    request(`mutation { logout(input: { refreshToken: "${'x'.repeat(n)}" }) { revokedSessions } }`),
  'a long block text where a number belongs': (n) =>
    request(`{ users(first: """${' a\n'.repeat(n)}""") { edges { cursor } } }`),
  'a list type': (n) => request(`query ($x: ${nested(n, '[', 'Int', ']')}) { __typename }`),
  'fragments that nobody spreads': (n) =>
    request(`{ __typename } ${many(n, (i) => `fragment ${long(i, 'F')} on Query { __typename }`)}`),
  'fragments beside each other': (n) =>
    request(`{ ${many(n, (i) => `...F${i}`)} } ${many(n, (i) => `fragment F${i} on Query { authConfig { signUp } }`)}`),
  'fragments in each other': (n) =>
    request(
      `{ ...F0 } ${many(n, (i) => `fragment F${i} on Query { ...F${i + 1} }`)} fragment F${n} on Query { __typename }`,
    ),
  'fragments that spread all later ones': (n) => {
    const count = Math.ceil(Math.sqrt(n));
    const later = (i: number) => many(count - i, (j) => `...F${i + j + 1}`);
    return request(
      `{ ...F0 } ${many(count, (i) => `fragment F${i} on Query { ${later(i)} }`)} fragment F${count} on Query { __typename }`,
    );
  },
  'fragments in a circle': (n) =>
    request(`{ ...F0 } ${many(n, (i) => `fragment F${i} on Query { ...F${(i + 1) % n} }`)}`),
  'one fragment spread again and again': (n) =>
    request(`{ ${many(n, () => '...F')} } fragment F on Query { authConfig { signUp } }`),
  'unknown fragments': (n) => request(`{ ${many(n, (i) => `...${long(i, 'F')}`)} }`),
  'conflicting arguments': (n) => request(`{ ${many(n, (i) => `user(id: ${i}) { id }`)} }`),
  'equal lists of fields that conflict': (n) => {
    const inside = many(Math.ceil(n / 16), (i) => `x: a${i}`);
    return request(`{ ${many(16, () => `me { ${inside} }`)} }`);
  },
  'equal long arguments': (n) => request(`{ ${many(40, () => `user(id: "${'x'.repeat(n)}") { id }`)} }`),
  'equal lists of arguments': (n) =>
    request(`{ ${many(40, () => `user(${many(Math.ceil(n / 40), (i) => `a${i}: 1`)}) { id }`)} }`),
  'fragments that select the same': (n) =>
    request(`{ ${many(n, (i) => `...F${i}`)} } ${many(n, (i) => `fragment F${i} on Query { me { id email name } }`)}`),
  operations: (n) => request(many(n, (i) => `query ${long(i, 'Q')} { __typename }`)),
  'operations over the same fragments': (n) => {
    const count = Math.ceil(Math.sqrt(n));
    const fragments = many(count, (i) => `fragment F${i} on Query { ...F${i + 1} }`);
    return request(
      `${many(count, (i) => `query Q${i} { ...F0 }`)} ${fragments} fragment F${count} on Query { __typename }`,
    );
  },
  'variables over the same fragments': (n) => {
    const count = Math.ceil(Math.sqrt(n));
    const uses = many(count, (i) => `a${i}: __typename @skip(if: $v${i})`);
    return request(
      `${many(count, (i) => `query Q${i}(${many(count, (j) => `$v${j}: Boolean!`)}) { ...F }`)} fragment F on Query { ${uses} }`,
    );
  },
  'definitions of types': (n) => request(many(n, (i) => `type ${long(i, 'T')} { a: Int }`)),
  'brackets that are never closed': (n) => request(`{ ${'me { '.repeat(n)}`),
  comments: (n) => request(`${'#\n'.repeat(n)}{ __typename }`),
  'failing fields over many lines': (n) =>
    request(`${'\n'.repeat(n * 60)}{ authConfig { signUp } ${many(Math.min(n, 40), () => 'me { id }')} }`),
  'a long operation name': (n) => JSON.stringify({ query: '{ __typename }', operationName: 'x'.repeat(n) }),
  extensions: (n) => JSON.stringify({ query: '{ __typename }', extensions: keys(n) }),
  'a body that is no object': (n) => nested(n, '[', '', ']'),
};

/** The body of a shape that comes closest to so many bytes without exceeding them. */
export const fill = (shape: Shape, bytes: number): string => {
  let [low, high] = [1, 2];
  // A shape that does not grow stays as it is.
  while (high <= bytes && Buffer.byteLength(shape(high)) <= bytes) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (Buffer.byteLength(shape(middle)) <= bytes) low = middle;
    else high = middle;
  }
  return shape(low);
};
