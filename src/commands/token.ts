import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

import type { Command } from 'commander';
import pc from 'picocolors';

import { FIRST_PARTY_CLIENT_ID } from '../auth/client-info.js';
import { loadConfig, type Config } from '../config/config.js';
import { inspectAccessToken, type InspectOptions } from '../security/tokens/access-token.js';
import { createKeyRing, hmacSigningKey, type VerifyingKeys } from '../security/tokens/key-ring.js';
import { importJwkSet } from '../security/tokens/public-jwk.js';
import { escapeControls } from '../values/escape-controls.js';
import { textOrAbsent } from './command.js';

export const registerTokenCommands = (program: Command): void => {
  program
    .command('token')
    .description('Inspect access tokens.')
    .command('inspect')
    .description('Show which key signed an access token, the result of each check, and its claims.')
    .argument('<token>', 'the token, or - to read it from standard input')
    .option('--jwks <file or URL>', 'the public keys, as a JWK Set (default: from the running server)')
    .action(async (token: string, { jwks }: { jwks?: string }) => {
      if (!(await inspectToken(loadConfig(), token, textOrAbsent(jwks)))) process.exitCode = 1;
    });
};

const FETCH_TIMEOUT_MS = 2000;

type TokenConfig = Pick<Config, 'publicUrl' | 'tokenIssuer' | 'tokenAudience' | 'accessTokenTtlSeconds' | 'jwtSecrets'>;

/**
 * Prints which key signed an access token, the result of each check, and the claims, with times in words. Uses public keys
 * only, from `jwks` (a file or a URL) or from the running server; with HS256, the configured secrets. The signature is not
 * printed, so that the output cannot be used as a token.
 *
 * @returns whether every check passed
 */
const inspectToken = async (config: TokenConfig, tokenOrDash: string, jwks: string | undefined): Promise<boolean> => {
  const token = (tokenOrDash === '-' ? await text(process.stdin) : tokenOrDash).trim();
  const keys = await findKeys(config, jwks ?? `${config.publicUrl}/.well-known/jwks.json`);
  const options: InspectOptions = {
    ...(keys ? { keys } : {}),
    issuer: config.tokenIssuer,
    audience: config.tokenAudience,
    clientId: FIRST_PARTY_CLIENT_ID,
    maxLifetimeSeconds: config.accessTokenTtlSeconds,
    now: new Date(),
  };
  const { checks, header, claims } = inspectAccessToken(token, options);
  const verdicts = { true: pc.green('pass'), false: pc.red('FAIL'), undefined: pc.yellow('not checked') };
  const lines = [
    'Header',
    ...pairs(header ?? {}),
    '',
    'Checks',
    ...checks.map(({ check, ok, detail }) => `  ${check.padEnd(12)} ${verdicts[`${ok}`]}  ${escapeControls(detail)}`),
    '',
    'Claims',
    ...pairs(claims ?? {}),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return checks.every(({ ok }) => ok === true);
};

const findKeys = async (config: TokenConfig, jwks: string): Promise<VerifyingKeys | undefined> => {
  const [first, ...rest] = config.jwtSecrets.map(({ kid, secret }) => hmacSigningKey(kid, secret));
  if (first) return createKeyRing([first, ...rest]);
  try {
    const json = /^https?:/.test(jwks)
      ? await (await fetch(jwks, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) })).text()
      : await readFile(jwks, 'utf8');
    return importJwkSet(JSON.parse(json) as Parameters<typeof importJwkSet>[0]);
  } catch {
    process.stderr.write(
      `Cannot read public keys from ${escapeControls(jwks)}, so the signature is not checked. Start the server, or pass --jwks.\n`,
    );
    return undefined;
  }
};

const times = new Set(['exp', 'iat', 'nbf', 'auth_time']);

// Control characters in a forged token could clear the terminal and print verdicts of their own.
const pairs = (values: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(values).map(([name, value]) => {
    const time = times.has(name) && typeof value === 'number' ? `  ${timeInWords(value)}` : '';
    return `  ${escapeControls(name).padEnd(12)} ${escapeControls(JSON.stringify(value))}${time}`;
  });

const timeInWords = (seconds: number): string => {
  const time = new Date(seconds * 1000);
  if (Number.isNaN(time.getTime())) return '(not a valid time)';
  const minutes = Math.round((time.getTime() - Date.now()) / 60_000);
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(minutes, 'minute');
  return `${time.toISOString()} (${relative})`;
};
