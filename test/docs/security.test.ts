import { existsSync, readFileSync } from 'node:fs';

import { limitsOf } from '../../src/auth/rate-limits/limits.js';
import { variables } from '../../src/config/variables.js';
import * as policy from '../../src/values/policy.js';
import { citedTests } from '../support/cited-tests.js';

const page = readFileSync('docs/security.md', 'utf8');
const [ourPart = '', asvsPart = ''] = page.split('\n## ASVS 5.0\n');

/** The cells of the table below a heading, without its head. */
const tableBelow = (heading: string): string[][] => {
  const [, after = ''] = page.split(`\n${heading}\n`);
  const [section = ''] = after.split(/\n##/);
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
};

const cited = [...new Map(citedTests(page).map((test) => [`${test.file} ${test.name}`, test])).values()];

/** Every requirement of levels 1 and 2 in chapters V6, V7, V8, V9 and V16 of OWASP ASVS 5.0.0. */
const requirements: Readonly<Record<string, string>> = {
  '1': `6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2 7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2
    8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 9.1.3 9.2.1`,
  '2': `6.1.2 6.1.3 6.2.9 6.2.10 6.2.11 6.2.12 6.3.3 6.3.4 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.1 6.6.2 6.6.3 6.8.1
    6.8.2 6.8.3 6.8.4 7.1.1 7.1.2 7.1.3 7.3.1 7.3.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2 8.1.2 8.2.3 8.4.1 9.2.2 9.2.3
    9.2.4 16.1.1 16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.4.3 16.5.1 16.5.2 16.5.3`,
};

const required = Object.entries(requirements).flatMap(([level, ids]) => ids.split(/\s+/).map((id) => `${id} ${level}`));

const assessed = Array.from(
  asvsPart.matchAll(/^\| (\d+\.\d+\.\d+) +\| (\d) +\| [^|]+\| ([^|]+?) +\| ([^|]+?) +\|$/gm),
  ([, id = '', level = '', state = '', reason = '']) => ({ id, level, state, reason }),
);

const secondsOf: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

/** The number in a text such as `15` or `30 minutes`; durations are in seconds. */
const numberIn = (text: string): number => {
  const [, count = '', unit] = /^([\d,]+)(?: (second|minute|hour|day)s?)?$/.exec(text) ?? [];
  return Number(count.replaceAll(',', '')) * (unit === undefined ? 1 : (secondsOf[unit] ?? NaN));
};

const isVariable = (name: string): name is keyof typeof variables => Object.hasOwn(variables, name);

/** The value of a variable without configuration, or of a constant of the policy such as `LINK_TTL_SECONDS` or `NAME.member`. */
const definedAs = (name: string): unknown => {
  if (isVariable(name)) {
    const variable = variables[name];
    return 'default' in variable ? Number(variable.default) : undefined;
  }
  return name.split('.').reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>>)[key], policy);
};

const limits = limitsOf({
  loginAttemptsPerAccount: Number(variables.LOGIN_ATTEMPTS_PER_ACCOUNT.default),
  loginAttemptsPerNetwork: Number(variables.LOGIN_ATTEMPTS_PER_NETWORK.default),
  mailsPerAddressPerHour: Number(variables.MAILS_PER_ADDRESS_PER_HOUR.default),
  mailRequestsPerNetworkPerHour: Number(variables.MAIL_REQUESTS_PER_NETWORK_PER_HOUR.default),
});

describe('docs/security.md', () => {
  it('names tests for its promises', () => {
    expect(cited.length).toBeGreaterThan(100);
    const promises = ourPart.split('\n## ').find((section) => section.startsWith('What is promised')) ?? '';
    const rows = promises.split('\n').filter((line) => line.startsWith('| ') && !/^\| (Promise|-+) /.test(line));
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter((row) => citedTests(row).length === 0)).toEqual([]);
  });

  it.each(cited)('names a test that exists: $file, $name', ({ file, name }) => {
    expect({ file, exists: existsSync(file) }).toEqual({ file, exists: true });
    expect(readFileSync(file, 'utf8')).toContain(name);
  });

  it('names benchmarks that exist', () => {
    const commands = readFileSync('bench/main.ts', 'utf8');
    for (const [, name = ''] of page.matchAll(/npm run bench -- ([a-z-]+)/g))
      expect(commands).toMatch(new RegExp(`^ {2}'?${name}'?: async`, 'm'));
    const faults = readFileSync('bench/faults/main.ts', 'utf8');
    for (const [, name = ''] of page.matchAll(/npm run faults -- --only ([a-z-]+)/g))
      expect(faults).toMatch(new RegExp(`^ {2}'?${name}'?(:|,)`, 'm'));
  });

  it('has one row for each requirement of the ASVS, with its level', () => {
    expect(assessed.map(({ id, level }) => `${id} ${level}`).sort()).toEqual([...required].sort());
  });

  it('shows what meets a requirement, and otherwise says why it is not met', () => {
    const states = ['Met', 'Partly', 'Not yet', 'Excepted'];
    expect(assessed.filter(({ state }) => !states.includes(state))).toEqual([]);
    const unshown = assessed.filter(
      ({ state, reason }) => state === 'Met' && citedTests(reason).length === 0 && !reason.includes(']('),
    );
    // Nothing can show that something does not exist.
    expect(unshown.map(({ id }) => id)).toEqual(['6.2.10']);
  });

  it('counts its rows', () => {
    const of = (state: string) => String(assessed.filter((row) => row.state === state).length);
    expect(page).toContain(
      `Of ${assessed.length} requirements, ${of('Met')} are met, ${of('Partly')} partly, ${of('Not yet')} not yet, and ${of('Excepted')} excepted.`,
    );
  });

  it('has the numbers of the policy and of the configuration', () => {
    const rows = tableBelow('## Sessions');
    expect(rows.length).toBeGreaterThan(10);
    for (const [, value = '', definition = ''] of rows)
      expect({ definition, value: numberIn(value) }).toEqual({
        definition,
        value: definedAs(definition.replaceAll('`', '')),
      });
  });

  it('has the limits of the configuration', () => {
    const documented = tableBelow('## Limits').map(([purpose = '', ...cells]) => {
      const [account, network, widerNetwork, pair, device, windowSeconds] = cells.map((cell) =>
        cell === '' ? undefined : numberIn(cell),
      );
      return [purpose, { account, network, widerNetwork, pair, device, windowSeconds }] as const;
    });
    const { delayFrom, ...password } = limits.password;
    expect(Object.fromEntries(documented)).toEqual({ ...limits, password });
    expect({ delayFrom, isStated: page.includes('After the sixth wrong one in the window') }).toEqual({
      delayFrom: 6,
      isStated: true,
    });
  });

  it('states no other durations and numbers in its text', () => {
    const defined = new Set([
      ...tableBelow('## Sessions').map(([, value = '']) => numberIn(value)),
      ...Object.values(limits).map(({ windowSeconds }) => windowSeconds),
    ]);
    const stated = Array.from(ourPart.matchAll(/[\d,]+ (?:second|minute|hour|day)s?\b/g), ([text]) => text);
    expect(stated.length).toBeGreaterThan(20);
    expect(stated.filter((text) => !defined.has(numberIn(text)))).toEqual([]);

    const { account = 0, windowSeconds } = limits.password;
    const guesses = Math.floor(((account / windowSeconds) * 365 * 86_400) / 10_000) * 10_000;
    expect(page).toMatch(
      new RegExp(
        `${account} passwords in ${windowSeconds / 60} minutes are\\s+${guesses.toLocaleString('en')} in a year`,
      ),
    );
    expect(page).toContain(`SESSION_ABSOLUTE_TTL_SECONDS=${numberIn('30 days')}`);
    const entries = /has ([\d,]+) entries of at least\s+15/.exec(page)?.[1] ?? '?';
    expect(readFileSync('docs/passwords.md', 'utf8')).toContain(`and ${entries} have fifteen or more`);
  });
});
