import { loadConfig } from '../../src/config/config.js';
import { generateSecret } from '../../src/config/secret.js';
import { configError, refusedVariables, testEnvironments } from '../support/configuration.js';

const { development, production } = testEnvironments();

describe('keys', () => {
  it('have ids that are short, plain and unique', () => {
    const [one, two] = [generateSecret(), generateSecret()];
    expect(refusedVariables({ ...production(), ENCRYPTION_KEYS: `a/b:${one}` })).toEqual(['ENCRYPTION_KEYS']);
    expect(refusedVariables({ ...production(), ENCRYPTION_KEYS: `${'a'.repeat(33)}:${one}` })).toEqual([
      'ENCRYPTION_KEYS',
    ]);
    expect(refusedVariables({ ...production(), ENCRYPTION_KEYS: `a:${one},a:${two}` })).toEqual(['ENCRYPTION_KEYS']);
    expect(refusedVariables({ ...production(), ENCRYPTION_KEYS: `a:${one},b:${one}` })).toEqual(['ENCRYPTION_KEYS']);
  });

  it('seal with exactly 32 bytes', () => {
    const longer = Buffer.concat([generateSecret(), generateSecret()].map((text) => Buffer.from(text, 'base64url')));
    expect(refusedVariables({ ...production(), ENCRYPTION_KEYS: `k:${longer.toString('base64url')}` })).toEqual([
      'ENCRYPTION_KEYS',
    ]);
  });

  it('keep their order', () => {
    const env = { ...production(), ENCRYPTION_KEYS: `new:${generateSecret()}, old:${generateSecret()}` };
    expect(loadConfig(env).encryptionKeys.map(({ id }) => id)).toEqual(['new', 'old']);
  });

  it('are not printed when another key of the list is invalid', () => {
    const secret = generateSecret();
    expect(configError({ ...production(), ENCRYPTION_KEYS: `k1:${secret},k2:short` }).message).not.toContain(secret);
  });
});

describe('a format', () => {
  it('takes a name for people that is one visible line of at most 60 characters', () => {
    const named = (text: string) => ({ ...development(), APP_NAME: text });
    expect(loadConfig(named('  Müller & Söhne ')).appName).toBe('Müller & Söhne');
    expect(loadConfig(development()).appName).toBeUndefined();
    for (const name of ['two\nlines', '\u2800', 'left\u202eright', 'x'.repeat(61)])
      expect(refusedVariables(named(name))).toEqual(['APP_NAME']);
  });

  it('takes a color with six hexadecimal digits', () => {
    const colored = (text: string) => ({ ...development(), APP_COLOR: text });
    expect(loadConfig(colored('#7A1FA2')).appColor).toBe('#7a1fa2');
    for (const color of ['red', '7a1fa2', '#abc', '#7a1fa2ff', '#7a1fag', '#7a1fa2;}', 'rgb(1, 2, 3)'])
      expect(refusedVariables(colored(color))).toEqual(['APP_COLOR']);
  });

  it('takes a Redis server with a database, and no parameter, which its client would take for an option', () => {
    const counted = (text: string) => ({ ...development(), REDIS_URL: text });
    for (const url of ['redis://127.0.0.1', 'rediss://:password@redis.example.com:6379/0', 'redis://[::1]:6380/15'])
      expect(loadConfig(counted(url)).redisUrl).toBe(url);
    for (const url of [
      'http://127.0.0.1',
      'redis://',
      'redis:///0',
      'redis://host/a',
      'redis://host?db=1',
      'redis://host#x',
      'redis://host1,host2',
      'redis://m\u00fcnchen.example',
      'redis://host:0',
      'redis://:pass%word@host',
      'redis://:%ff@host',
    ])
      expect(refusedVariables(counted(url))).toEqual(['REDIS_URL']);
  });

  describe('of origins', () => {
    const origins = (text: string) => ({ ...development(), CORS_ORIGINS: text });

    it.each([
      ['https://a.example, http://localhost:3000', ['https://a.example', 'http://localhost:3000']],
      ['HTTPS://A.Example:443,http://a.example:80', ['https://a.example', 'http://a.example']],
      ['https://m\u00fcnchen.example:8443', ['https://xn--mnchen-3ya.example:8443']],
      ['http://[::1]:5173', ['http://[::1]:5173']],
      ['capacitor://localhost', ['capacitor://localhost']],
      ['ionic://localhost, tauri://localhost', ['ionic://localhost', 'tauri://localhost']],
      ['chrome-extension://abcdefghijklmnopabcdefghijklmnop', ['chrome-extension://abcdefghijklmnopabcdefghijklmnop']],
      [
        'moz-extension://1b3c5d7e-0000-4000-8000-000000000001',
        ['moz-extension://1b3c5d7e-0000-4000-8000-000000000001'],
      ],
      ['app://-', ['app://-']],
      ['vscode-webview://id:8080', ['vscode-webview://id:8080']],
    ])('takes exact ones, as a browser sends them: %s', (text, expected) => {
      expect(loadConfig(origins(text)).corsOrigins).toEqual(expected);
    });

    it.each([
      '*',
      'null',
      'https://a.example/',
      'https://a.example/path',
      'https://a.example?',
      'https://a.example#',
      'https://*.example',
      'https://user@a.example',
      'https://',
      'https:a.example',
      'a.example',
      '//a.example',
      'capacitor://',
      'capacitor://*',
      'capacitor://localhost/',
      'file://',
      'file:///tmp',
      'file://host',
      'data:text/html',
      'https://a.example:99999',
      'https://a.example, null',
      'https://a.example https://b.example',
    ])('refuses everything else: %s', (text) => {
      expect(refusedVariables(origins(text))).toEqual(['CORS_ORIGINS']);
    });
  });

  it('trusts the proxies that are counted or named, never all', () => {
    const proxies = (text: string) => ({ ...development(), TRUST_PROXY: text });
    expect(loadConfig(proxies('false')).trustProxy).toBe(false);
    expect(loadConfig(proxies('1')).trustProxy).toBe(1);
    expect(loadConfig(proxies('10.0.0.0/8, fd00::/8, 192.0.2.1')).trustProxy).toEqual([
      '10.0.0.0/8',
      'fd00::/8',
      '192.0.2.1',
    ]);
    expect(refusedVariables(proxies('true'))).toEqual(['TRUST_PROXY']);
    expect(refusedVariables(proxies('0.0.0.0/0'))).toEqual(['TRUST_PROXY']);
    expect(refusedVariables(proxies('10.0.0.0/33'))).toEqual(['TRUST_PROXY']);
  });

  it('keeps URLs without the slash at their end', () => {
    expect(loadConfig({ ...development(), PUBLIC_URL: 'https://id.example.com/' }).publicUrl).toBe(
      'https://id.example.com',
    );
    expect(refusedVariables({ ...development(), PUBLIC_URL: 'https://user@id.example.com' })).toEqual(['PUBLIC_URL']);
    expect(refusedVariables({ ...development(), PUBLIC_URL: 'javascript:alert(1)' })).toEqual(['PUBLIC_URL']);
  });

  it('asks a range service over https, or on this machine, at a URL that five characters complete', () => {
    const range = (LEAKED_PASSWORDS_URL: string) => ({ ...development(), LEAKED_PASSWORDS_URL });
    const url = 'https://api.pwnedpasswords.com/range/';
    expect(loadConfig(range(url))).toMatchObject({
      leakedPasswordsUrl: url,
      leakedPasswordsTimeoutSeconds: 2,
      leakedPasswordsFail: 'open',
    });
    expect(loadConfig(range('http://127.0.0.1:8080/range/')).leakedPasswordsUrl).toBe('http://127.0.0.1:8080/range/');
    for (const other of [
      'http://api.pwnedpasswords.com/range/',
      'https://api.pwnedpasswords.com/range',
      'https://user:password@api.pwnedpasswords.com/range/',
      'https://api.pwnedpasswords.com/range/?mode=ntlm&prefix=/',
      'https://api.pwnedpasswords.com/range/#/',
      'file:///range/',
    ])
      expect(refusedVariables(range(other))).toEqual(['LEAKED_PASSWORDS_URL']);
  });
});
