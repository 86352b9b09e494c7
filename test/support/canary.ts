/**
 * Looks for secrets in whatever the servers under test write: the password of the tests, what clients send as passwords and
 * tokens, and what servers issue. A suite fails when its server has written one (threat F7).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { pino, type Logger } from 'pino';

/** Long enough, and with no word of any test's addresses in it. No server may ever write it. */
export const PASSWORD = 'correct horse battery staple';

/** The forms of an access token, of a one-time or device token, and of a refresh token, wherever they stand. */
const forms = [
  /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/,
  /(?<![\w-])[\w-]{22}\.[\w-]{43}(?![\w-])/,
  /(?<![\w-])A[Q-Za-f][\w-]{90}(?![\w-])/,
];

/** Tells whether a text contains something of the form of a token. */
export const containsToken = (text: string): boolean => forms.some((form) => form.test(text));

/** A part of this length stands for the whole of a random text. */
const PART = 12;

/** The beginning and the end of each secret in each encoding, with the texts of which one has to follow or precede it. */
const parts = new Map<string, Set<string>>();
const kept = new Set<string>();

const base64 = (secret: string, before: number): string =>
  Buffer.from(' '.repeat(before) + secret)
    .toString('base64')
    .slice(before === 0 ? 0 : 4)
    .replace(/.?=*$/, '');

/** Half of a surrogate pair has no encoding of its own. */
const urlEncode = (secret: string): string => encodeURIComponent(Buffer.from(secret).toString());

/** The spellings in which a log could contain a secret. */
const encodingsOf = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  urlEncode(secret),
  urlEncode(secret).replaceAll('%20', '+'),
  ...[0, 1, 2].map((before) => base64(secret, before)),
  Buffer.from(secret).toString('hex'),
  Buffer.from(secret, 'base64url').toString('hex'),
];

/**
 * Remembers a secret. One of less than twelve characters is part of too many harmless texts.
 *
 * @param isRandom whether no other text contains the beginning or the end of it; not so of a password that a test has made up
 */
export const keepSecret = (secret: string, isRandom = /^[\w.-]+$/.test(secret)): void => {
  if (secret.length < PART || kept.has(secret)) return;
  kept.add(secret);
  // The id in front of the secret of a one-time token is not one.
  const [head = '', ...rest] = isRandom ? secret.split('.') : [secret];
  for (const encoding of encodingsOf(rest.at(-1) ?? head)) {
    if (encoding.length < PART) continue;
    for (const part of [encoding.slice(0, PART), encoding.slice(-PART)])
      parts.set(part, (parts.get(part) ?? new Set()).add(isRandom ? part : encoding));
  }
};

/** Tells whether a text contains a token, or a secret that was kept. */
export const containsSecret = (text: string): boolean => {
  if (containsToken(text)) return true;
  for (let at = 0; at + PART <= text.length; at += 1) {
    const whole = parts.get(text.slice(at, at + PART));
    if (whole && [...whole].some((secret) => text.includes(secret))) return true;
  }
  return false;
};

keepSecret(PASSWORD, true);

const secretFields = /password|token|receipt/i;

/** Keeps the secrets of an input or a response, however deep it is: the texts in fields with the name of one. */
export const keepSecretsIn = (value: unknown): void => {
  const inner: unknown[] = [value];
  while (inner.length > 0) {
    const next = inner.pop();
    if (typeof next !== 'object' || next === null) continue;
    for (const [field, content] of Object.entries(next)) {
      if (typeof content === 'string' && secretFields.test(field)) keepSecret(content);
      else if (typeof content === 'object') inner.push(content);
    }
  }
};

/** Keeps the tokens of the emails that a server has written to its folder. */
export const keepSecretsOfMails = (dataDir: string): void => {
  const folder = join(dataDir, 'mail');
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.eml'));
  } catch {
    return;
  }
  for (const name of names) {
    const text = readFileSync(join(folder, name), 'utf8')
      .replaceAll(/=\r?\n/g, '')
      .replaceAll('=3D', '=');
    for (const [, token = ''] of text.matchAll(/[?&]token=([\w.-]+)/g)) keepSecret(token);
  }
};

/** Adds the lines of a log to `lines`, before they are written to where the log belongs. */
export const tapLog = (log: Logger, lines: string[]): void => {
  const tapped = log as unknown as Record<symbol, { write(line: string): void } | undefined>;
  const stream = tapped[pino.symbols.streamSym];
  tapped[pino.symbols.streamSym] = {
    write: (line) => {
      lines.push(line);
      stream?.write(line);
    },
  };
};

/** @throws Error when one of the texts contains a secret. The error repeats the text, so that the leak is found. */
export const assertNoSecret = (source: string, texts: readonly string[]): void => {
  const leaks = texts.filter(containsSecret);
  if (leaks.length > 0) throw new Error(`a secret is in ${source}:\n${leaks.slice(0, 3).join('\n')}`);
};

/** What the programs that this suite started have said. */
const programs: (() => string)[] = [];

/** Fails the suite when a program says a secret. */
export const watchProgram = (said: () => string): void => {
  programs.push(said);
};

// Benchmarks use the support of tests without a test runner.
if (typeof afterAll === 'function') {
  afterAll(() => {
    for (const said of programs) assertNoSecret('the output of a program', said().split('\n'));
  });
}
