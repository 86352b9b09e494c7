import { existsSync } from 'node:fs';

import { PASSWORD } from '../population.js';
import { ME } from '../revocations.js';
import { startBuiltServer, type BuiltServer } from './built-server.js';
import { startDatabase, type Fault, type FaultRun } from './fault.js';
import { waitUntil } from '../load-generator.js';

/** Where Debian's package `faketime` puts it, on each architecture. */
const LIBRARY = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
  .find((file) => existsSync(file));

const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { __typename ... on LoginSuccess { accessToken refreshToken expiresIn } } }`;
const REFRESH = `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { __typename ... on RefreshSessionSuccess { accessToken refreshToken } } }`;
const LOGOUT = `mutation ($input: LogoutInput!) { logout(input: $input) { revokedSessions } }`;
const REVOKED_MS = 2_000;

interface Issued {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn?: number;
}

const issue = async (server: BuiltServer, query: string, input: object): Promise<Issued | undefined> => {
  const { data } = await server.send({ query, variables: { input } });
  const [result] = Object.values(data ?? {}) as (Partial<Issued> | null)[];
  return result?.accessToken === undefined ? undefined : (result as Issued);
};

const accepts = async (server: BuiltServer, { accessToken }: Issued): Promise<boolean> =>
  (await server.send({ query: ME, accessToken })).status === 200;

/** Uses the tokens of a server whose clock is wrong at one whose clock is right, and the other way round. */
const measure = async (run: FaultRun, offset: string): Promise<void> => {
  const { population } = await startDatabase(run);
  const { email } = await population.createUser();
  const right = await startBuiltServer(run, population.env);
  const wrong = await startBuiltServer(run, {
    ...population.env,
    LD_PRELOAD: LIBRARY,
    FAKETIME: offset,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  });
  const offBy = Date.parse((await fetch(`${wrong.url}/healthz`)).headers.get('date') ?? '') - Date.now();
  run.check(`${offset}: the clock of the server is wrong`, Math.abs(offBy) > 86_000_000);
  for (const [issuer, other] of [
    [wrong, right],
    [right, wrong],
  ] as const) {
    const who = `${offset}, tokens of the server whose clock is ${issuer === wrong ? 'wrong' : 'right'}`;
    const tokens = await issue(issuer, LOGIN, { email, password: PASSWORD });
    run.check(`${who}: a login succeeds, with a lifetime that is positive`, (tokens?.expiresIn ?? 0) > 0);
    if (!tokens) continue;
    run.check(
      `${who}: both servers accept the access token`,
      (await accepts(issuer, tokens)) && (await accepts(other, tokens)),
    );
    const refreshed = await issue(other, REFRESH, { refreshToken: tokens.refreshToken });
    run.check(
      `${who}: the other server refreshes, and both accept the result`,
      refreshed !== undefined && (await accepts(issuer, refreshed)) && (await accepts(other, refreshed)),
    );
    await other.send({ query: LOGOUT, variables: { input: { refreshToken: refreshed?.refreshToken ?? '' } } });
    const isRefused = async () =>
      !(await accepts(issuer, refreshed ?? tokens)) && !(await accepts(other, refreshed ?? tokens));
    run.check(`${who}: both refuse it within 2 s of a logout`, await waitUntil(isRefused, REVOKED_MS));
  }
  run.check(
    `${offset}: the log states by how much the clocks differ`,
    /"offsetSeconds":-?86[34]\d\d/.test(wrong.output()) && !right.output().includes('offsetSeconds'),
  );
};

const work = async (run: FaultRun): Promise<void> => {
  if (LIBRARY === undefined) {
    console.log('SKIPPED: libfaketime is not installed (Debian: apt-get install faketime).');
    return;
  }
  for (const offset of ['+1d', '-1d']) await measure(run, offset);
};

/** `npm run faults -- --only clock` */
export const clock: Fault = {
  summary: 'the clock of one server is a day ahead, and then a day behind',
  minutes: 10,
  work,
};
