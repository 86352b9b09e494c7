import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { assertApplicationVariables } from '../../src/config/application-variables.js';
import { ConfigError, loadConfig } from '../../src/config/config.js';
import { formats, type ConfigOf, type Variables } from '../../src/extend.js';
import { testEnvironments } from '../support/configuration.js';

const { development, production, folder } = testEnvironments();

const variables = {
  PAYMENTS_URL: { format: formats.httpUrl, requiredInProduction: true, reason: 'The URL of the payment service.' },
  PAYMENTS_SECRET: { format: formats.secret, isSecret: true, reason: 'Its secret.' },
  PROJECTS_PER_USER: { format: formats.wholeNumber(1, 1_000), default: '20', reason: 'The number of projects.' },
  PAYMENTS_MODE: { format: formats.oneOf('test', 'live'), default: 'test', reason: 'The mode.' },
  PAYMENTS_ENABLED: { format: formats.flag, default: 'false', reason: 'Whether payments are accepted.' },
  PAYMENTS_ACCOUNT: { format: formats.word, reason: 'The account.' },
  PAYMENTS_LABEL: { format: formats.text, reason: 'The text on the bill.' },
} as const satisfies Variables;

const problemsOf = (env: NodeJS.ProcessEnv) => {
  try {
    loadConfig(env, variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ name, text }) => `${name}: ${text}`);
    throw error;
  }
};

describe('the variables of an application', () => {
  it('have typed values under their names in camel case, with defaults, and nothing else', () => {
    const env = { ...development(), PAYMENTS_URL: 'https://pay.example.com/', PORT: '1' };
    const { application }: { readonly application: unknown } = loadConfig(env, variables);
    const typed = application as ConfigOf<typeof variables>;
    const projects: number = typed.projectsPerUser;
    const url: string | undefined = typed.paymentsUrl;
    expect([projects, url]).toEqual([20, 'https://pay.example.com']);
    expect(typed).toEqual({
      paymentsUrl: 'https://pay.example.com',
      paymentsSecret: undefined,
      projectsPerUser: 20,
      paymentsMode: 'test',
      paymentsEnabled: false,
      paymentsAccount: undefined,
      paymentsLabel: undefined,
    });
    expect(Object.isFrozen(typed)).toBe(true);
  });

  it('are read from files too', () => {
    const file = join(folder(), 'secret');
    writeFileSync(file, 'a-secret-of-the-payment-service\n', { mode: 0o644 });
    const config = loadConfig({ ...development(), PAYMENTS_SECRET_FILE: file }, variables);
    expect(config.application).toMatchObject({ paymentsSecret: 'a-secret-of-the-payment-service' });
    expect(config.notices).toContain(
      'PAYMENTS_SECRET_FILE names a file that other users of this machine can read or change. Run chmod 600 on it.',
    );
  });

  it('are reported together with ours, without their values', () => {
    const problems = problemsOf({
      ...development(),
      PORT: 'x',
      PROJECTS_PER_USER: '0',
      PAYMENTS_SECRET: 'too-short',
      PAYMENTS_LABEL: 'a\u0007b',
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'PAYMENTS_SECRET',
      'PROJECTS_PER_USER',
      'PAYMENTS_LABEL',
    ]);
    expect(problems.join()).not.toContain('too-short');
  });

  it('can be required in production', () => {
    expect(problemsOf(production())).toEqual([
      'PAYMENTS_URL: is required in production and must be an http:// or https:// URL without credentials, query or fragment.',
    ]);
    expect(problemsOf({ ...production(), PAYMENTS_URL: 'https://pay.example.com' })).toEqual([]);
  });

  it('are found when they are misspelled, and are no misspelling themselves', () => {
    expect(loadConfig({ ...development(), PAYMENT_SECRET: 'x', PAYMENTS_MODE: 'live' }, variables).notices).toContain(
      'PAYMENT_SECRET is set, but nothing reads it. Did you mean PAYMENTS_SECRET?',
    );
  });
});

describe('the name of a variable of an application', () => {
  const refusalOf = (...names: readonly string[]) => {
    const variable = { format: formats.text, reason: 'For the test.' };
    try {
      assertApplicationVariables(Object.fromEntries(names.map((name) => [name, variable])));
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    ['MAIL_URL', "is one of Gatehouse's"],
    ['MAIL_URL_FILE', "is one of Gatehouse's"],
    ['NODE_ENV', "is one of Gatehouse's"],
    ['GATEHOUSE_REGION', 'begins with a prefix that is reserved (GATEHOUSE_, NODE_)'],
    ['NODE_OPTIONS', 'begins with a prefix that is reserved (GATEHOUSE_, NODE_)'],
    ['PAYMENTS_KEY_FILE', 'ends in _FILE, which every variable has as a second form'],
    ['paymentsUrl', 'does not consist of upper-case words with single underscores'],
    ['PAYMENTS__URL', 'does not consist of upper-case words with single underscores'],
  ])('cannot be %s', (name, reason) => {
    expect(refusalOf(name)).toBe(`src/app/config.ts: the variable "${name}" ${reason}. Choose another name.`);
  });

  it('cannot have the key of another one', () => {
    expect(refusalOf('PLAN_2', 'PLAN2')).toContain('has the same key in the configuration as "PLAN2"');
    expect(refusalOf('PLAN_A', 'PLAN_B')).toBeUndefined();
  });

  it('stops the start', () => {
    expect(() => loadConfig(development(), { PORT: { format: formats.word, reason: 'For the test.' } })).toThrow(
      `the variable "PORT" is one of Gatehouse's`,
    );
  });
});
