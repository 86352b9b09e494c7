import { loadConfig } from '../../src/config/config.js';
import { misspelledVariables } from '../../src/config/misspelled-variables.js';
import { configError, testEnvironments } from '../support/configuration.js';

const { development, production } = testEnvironments();

describe('a variable that nothing reads', () => {
  it.each([
    ['MAIL_FORM', 'MAIL_FROM'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['cors_origins', 'CORS_ORIGINS'],
    ['Trust_Proxy', 'TRUST_PROXY'],
    ['NODE_EVN', 'NODE_ENV'],
    ['PROT', 'PORT'],
    ['ENCRYPTION_KEY_FILE', 'ENCRYPTION_KEYS_FILE'],
    ['encryption_keys_file', 'ENCRYPTION_KEYS_FILE'],
    ['MAIL_URL_FLE', 'MAIL_URL_FILE'],
  ])('is reported when it resembles one of ours: %s', (name, meant) => {
    expect(misspelledVariables({ [name]: 'a value' })).toEqual([{ name, meant }]);
  });

  it.each([
    'HOME',
    'PATH',
    'USER',
    'SHELL',
    'HOSTNAME',
    'LANG',
    'TERM',
    'TEST_DATABASE_URL',
    'npm_config_port',
    'LOGNAME',
  ])('is not reported when it does not: %s', (name) => {
    expect(misspelledVariables({ [name]: 'a value' })).toEqual([]);
  });

  it('is not reported when it is empty, or when the variable that it resembles is set', () => {
    expect(misspelledVariables({ API_URL: '' })).toEqual([]);
    expect(misspelledVariables({ API_URL: 'x', APP_URL: 'https://app.example.com' })).toEqual([]);
    expect(misspelledVariables({ API_URL: 'x', APP_URL_FILE: '/run/app-url' })).toEqual([]);
  });

  it('is reported at startup by its name, never with its value', () => {
    const { notices } = loadConfig({ ...production(), MAIL_FORM: 'canary@example.com' });
    expect(notices).toEqual(['MAIL_FORM is set, but nothing reads it. Did you mean MAIL_FROM?']);
  });

  it('is reported with the problems that it causes', () => {
    const { DATABASE_URL, ...others } = production();
    const { message } = configError({ ...others, DATABSE_URL: DATABASE_URL });
    expect(message).toMatch(/^DATABASE_URL: is required in production/m);
    expect(message).toContain('DATABSE_URL is set, but nothing reads it. Did you mean DATABASE_URL?');
    expect(message).not.toContain('db.example.com');
  });

  it('with a name of any length or kind costs nothing and does not appear in the log', () => {
    expect(misspelledVariables({ ['P'.repeat(100_000)]: 'x', 'PORT\n': 'x', ...development() })).toEqual([]);
  });
});
