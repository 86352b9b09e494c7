import { isExposed, parsePostgresUrl } from '../../src/values/postgres-url.js';

const BASE = 'postgresql://u@db.example.com/d';
const parse = parsePostgresUrl;

const problem = (url: string): string => {
  try {
    parse(url);
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidPostgresUrl') return error.message;
    throw error;
  }
  throw new Error('The URL was accepted.');
};

describe('the URL of a database', () => {
  it('names host, port, user, password and database, each with a default', () => {
    expect(parse('postgresql://ada:secret@db.example.com:6432/app')).toMatchObject({
      host: 'db.example.com',
      port: 6432,
      user: 'ada',
      password: 'secret',
      database: 'app',
      applicationName: 'gatehouse',
    });
    expect(parse('postgres://')).toMatchObject({
      host: 'localhost',
      port: 5432,
      user: undefined,
      password: undefined,
      database: undefined,
      options: undefined,
    });
  });

  it.each([
    ['a Unix socket in a parameter', 'postgresql://u@/db?host=/run/postgresql', '/run/postgresql'],
    ['a percent-encoded parameter', 'postgresql://u@/db?host=%2Frun%2Fpostgresql', '/run/postgresql'],
    ['a percent-encoded host', 'postgresql://u@%2Frun%2Fpostgresql/db', '/run/postgresql'],
    ['an IPv4 address', 'postgresql://u@10.0.0.1/db', '10.0.0.1'],
    ['an IPv6 address', 'postgresql://u@[2001:db8::1]:5433/db', '2001:db8::1'],
    ['a name with an underscore, as Docker gives it', 'postgresql://u@my_db/db', 'my_db'],
    ['a scheme in capitals', 'POSTGRESQL://u@host/db', 'host'],
  ])('may have %s', (_what, url, host) => {
    expect(parse(url)).toMatchObject({ host, user: 'u' });
  });

  it('may have its parts as parameters', () => {
    expect(parse('postgresql:///?host=h&port=1&user=u&password=p%26+&dbname=d')).toMatchObject({
      host: 'h',
      port: 1,
      user: 'u',
      password: 'p&+',
      database: 'd',
    });
  });

  it.each([
    '#/?@',
    '@',
    '@@',
    '/',
    '?',
    '#',
    'a/b',
    'a?b',
    'a#b',
    'a@b',
    'a:b',
    'p@ss/word',
    'p@ss?x@y',
    'p@ss#1',
    '@/?#x',
    'a b',
    'ü€',
  ])('may have a password with special characters, raw or percent-encoded: %s', (password) => {
    for (const text of [password, encodeURIComponent(password)]) {
      const url = `postgresql://ada:${text}@db.example.com:6432/app?application_name=x`;
      expect(parse(url)).toMatchObject({ user: 'ada', password, host: 'db.example.com', port: 6432, database: 'app' });
    }
  });

  it('may have an @ in a parameter where it cannot be the end of a password', () => {
    expect(parse(`${BASE}?application_name=a@b`).applicationName).toBe('a@b');
  });

  it('may have a user name with an @, as some services give it', () => {
    expect(parse('postgresql://ada@server:secret@host/db')).toMatchObject({
      user: 'ada@server',
      password: 'secret',
      host: 'host',
    });
  });

  it.each([
    ['another scheme', 'mysql://host/name', 'must begin with postgresql://.'],
    ['no scheme', 'host/name', 'must begin with postgresql://.'],
    ['white space before it', ' postgresql://host', 'must begin with postgresql://.'],
    ['settings instead of a URL', 'host=/run/postgresql dbname=d', 'must begin with postgresql://.'],
    [
      'an @ that can be read in two ways',
      'postgresql://u:a@b/c?x=canary@host/d',
      'has an `@` that can be read in two ways',
    ],
    ['several hosts', 'postgresql://u@canary1,canary2/d', 'names several hosts'],
    ['several hosts with ports', 'postgresql://u@canary1:1,canary2:2/d', 'names several hosts'],
    ['several hosts in a parameter', 'postgresql://u@/d?host=canary1,canary2', 'names several hosts'],
    ['a port that is not a number', 'postgresql://u:canary/d', 'must have the form'],
    ['a port out of range', 'postgresql://u@h:70000/d', 'a whole number from 1 to 65535'],
    ['a fragment', `${BASE}#x`, 'must have the form'],
    ['a parameter without =', `${BASE}?sslmode`, 'must have the form'],
    ['a % that encodes nothing', 'postgresql://u:canary%@h/d', 'Write `%` itself as `%25`'],
    ['bytes that are not UTF-8', 'postgresql://u:%ff@h/d', 'not UTF-8'],
    ['a null character', 'postgresql://u%00database%00x@h/d', 'null character'],
    ['an unknown parameter', `${BASE}?colour=canary`, 'has the parameter `colour`, which is not supported. Remove it.'],
    ['a name of JavaScript as a parameter', `${BASE}?__proto__=canary`, 'has the parameter `__proto__`'],
    ['a parameter in capitals', `${BASE}?SSLMODE=require`, 'has the parameter `SSLMODE`'],
    [
      'a raw & in the parameter password',
      `postgresql://u@h/d?password=canary1&canary2=x`,
      'write `&` in the password as `%26`',
    ],
    ['the pool size of another driver', `${BASE}?connection_limit=5`, 'set DATABASE_POOL_SIZE'],
    ['a parameter twice', `${BASE}?schema=a&schema=b`, 'states `schema` twice'],
    ['a host twice', `${BASE}?host=canary`, 'states `host` twice'],
    ['a parameter without a value', `${BASE}?schema=`, 'has the parameter `schema` without a value'],
    ['an abstract socket', 'postgresql://u@/d?host=%40canary', 'must have a host name'],
  ])('is refused with a sentence without values when it has %s', (_what, url, sentence) => {
    expect(problem(url)).toContain(sentence);
    expect(problem(url)).not.toContain('canary');
  });
});

describe('sslmode', () => {
  it.each([
    ['without it, encrypts on the way to another machine if the server can', BASE, 'prefer'],
    ['without it, does not encrypt on this machine', 'postgresql://u@127.0.0.1/d', 'disable'],
    ['without it, does not encrypt on a socket', 'postgresql://u@/d?host=/run', 'disable'],
    ['disable', `${BASE}?sslmode=disable`, 'disable'],
    ['prefer', `${BASE}?sslmode=prefer`, 'prefer'],
    ['require, which verifies nothing', `${BASE}?sslmode=require`, 'require'],
    ['require with a certificate, which is verify-ca', `${BASE}?sslmode=require&sslrootcert=/ca`, 'verify-ca'],
    ['verify-ca', `${BASE}?sslmode=verify-ca&sslrootcert=/ca`, 'verify-ca'],
    ['verify-full', `${BASE}?sslmode=verify-full`, 'verify-full'],
    ['verify-full with the authorities of the system', `${BASE}?sslmode=verify-full&sslrootcert=system`, 'verify-full'],
  ])('has the meaning of libpq: %s', (_what, url, tls) => {
    expect(parse(url).tls).toBe(tls);
  });

  it.each([
    [
      'a word that is not one of them',
      '?sslmode=allow',
      'one of these as `sslmode`: disable, prefer, require, verify-ca',
    ],
    ['verify-ca without a certificate', '?sslmode=verify-ca', 'without `sslrootcert`'],
    ['a certificate that nothing would verify', '?sslrootcert=/ca', 'requires `sslmode=verify-full`'],
    ['the authorities of the system without the host', '?sslmode=require&sslrootcert=system', 'sslrootcert=system'],
    ['half of a client certificate', '?sslmode=require&sslcert=/cert', 'both `sslcert` and `sslkey`'],
    ['a client certificate without TLS', '?sslcert=/cert&sslkey=/key', 'requires an `sslmode` that requires TLS'],
    ['direct TLS without TLS', '?sslnegotiation=direct', 'sslnegotiation=direct'],
  ])('is refused with %s', (_what, query, sentence) => {
    expect(problem(BASE + query)).toContain(sentence);
  });

  it('is refused with TLS on a socket, which has none', () => {
    expect(problem('postgresql://u@/d?sslmode=require&host=/run')).toContain('a Unix socket does not have');
  });

  it('leaves a connection to another machine exposed unless it requires TLS', () => {
    const exposed = ['', '?sslmode=prefer', '?sslmode=disable'].map((query) => isExposed(parse(BASE + query)));
    expect(exposed).toEqual([true, true, true]);
    const safe = [
      `${BASE}?sslmode=require`,
      `${BASE}?sslmode=verify-full`,
      'postgres://localhost',
      'postgres:///?host=/run',
    ];
    expect(safe.map((url) => isExposed(parse(url)))).toEqual([false, false, false, false]);
  });
});

describe('the session', () => {
  it('has the schema of the URL as its only search path', () => {
    expect(parse(`${BASE}?schema=auth`)).toMatchObject({
      schema: 'auth',
      searchPath: '"auth"',
      options: '-c search_path="auth"',
    });
    expect(parse(`${BASE}?schema=My%20%22own%22`).options).toBe('-c search_path="My\\ ""own"""');
  });

  it.each([
    ['-c search_path=auth', 'auth'],
    ['-csearch_path=auth', 'auth'],
    ['--search_path=auth', 'auth'],
    ['--search-path=auth', 'auth'],
    ['-c%20search_path%3Dauth', 'auth'],
    ['-c+search_path=auth', 'auth'],
    ['-c search_path=auth,\\ public -c work_mem=8MB', 'auth, public'],
  ])('has the search path of its options: %s', (options, searchPath) => {
    expect(parse(`${BASE}?options=${options}`)).toMatchObject({ searchPath, schema: undefined });
  });

  it.each([
    ['options that are no settings', 'options=endpoint%3Dx', 'must have `-c name=value`'],
    ['options that end in a backslash', 'schema=a&options=-c a.b=c%5C', 'must have `-c name=value`'],
    ['the name that stands for the user', 'schema=%24user', 'must have as `schema`'],
    ['a setting without a value', 'options=-c', 'must have `-c name=value`'],
    ['a setting that Gatehouse makes itself', 'options=-c TimeZone=Asia/Tokyo', 'sets `timezone` in `options`'],
    ['two search paths', 'schema=a&options=-c search_path=b', 'has both `schema` and a `search_path`'],
    ['a schema of PostgreSQL', 'schema=pg_catalog', "not one of PostgreSQL's own"],
    ['a schema whose name PostgreSQL would cut', `schema=${'ä'.repeat(32)}`, 'a name of 1 to 63 bytes'],
  ])('is refused with %s', (_what, query, sentence) => {
    expect(problem(`${BASE}?${query}`)).toContain(sentence);
  });
});
