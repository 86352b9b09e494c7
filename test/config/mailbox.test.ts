import { mailbox } from '../../src/config/mailbox.js';
import { loadConfig } from '../../src/config/config.js';
import { configError, testEnvironments } from '../support/configuration.js';

const { development } = testEnvironments();

describe('MAIL_FROM', () => {
  it.each([
    ['a@example.com', '', 'a@example.com'],
    ['<a@example.com>', '', 'a@example.com'],
    ['no-reply@localhost', '', 'no-reply@localhost'],
    ['Example <a@example.com>', 'Example', 'a@example.com'],
    ['Acme (Support) <a@example.com>', 'Acme', 'a@example.com'],
    ['Acme (Support (24/7) <b@example.com>) <a@example.com>', 'Acme', 'a@example.com'],
    ['"Acme (Support)" <a@example.com>', 'Acme (Support)', 'a@example.com'],
    ['"Acme, Inc." <a@example.com>', 'Acme, Inc.', 'a@example.com'],
    ['Acme, Inc. <a@example.com>', 'Acme, Inc.', 'a@example.com'],
    ['"Acme: \\"Support\\"" <a@example.com>', 'Acme: "Support"', 'a@example.com'],
    ["O'Brien & Sons <a@example.com>", "O'Brien & Sons", 'a@example.com'],
    ['Jörg 東京 <a@müller.example>', 'Jörg 東京', 'a@müller.example'],
    ['a@example.com (Support)', '', 'a@example.com'],
    ['(Support) <a@example.com>', '', 'a@example.com'],
    ['"Acme; Support" <a@example.com>', 'Acme; Support', 'a@example.com'],
    ['"b@example.com" <a@example.com>', 'b@example.com', 'a@example.com'],
  ])('names one sender: %s', (text, name, address) => {
    expect(mailbox.parse(text)).toEqual({ name, address });
  });

  it.each([
    ['a@example.com, b@example.com', 'is a list of addresses'],
    ['Acme <a@example.com>, Bob <b@example.com>', 'is a list of addresses'],
    ['Acme <a@example.com>; Bob <b@example.com>', 'is a list of addresses'],
    ['Team: a@example.com, b@example.com;', 'is a group of addresses'],
    ['undisclosed-recipients:;', 'is a group of addresses'],
    ['Acme: Support <a@example.com>', 'is a group of addresses'],
    ['=?utf-8?q?Acme?= <a@example.com>', 'has an encoded name'],
  ])('is refused by name: %s', (text, reason) => {
    expect(() => mailbox.parse(text)).toThrow(reason);
  });

  it.each([
    'a',
    'Acme',
    '()',
    '<>',
    'Acme a@example.com',
    'Acme; Support <a@example.com>',
    'Acme <a@example.com',
    'a@example.com>',
    'Acme <a@example.com> <b@example.com>',
    'Acme <a@example.com> b@example.com',
    'b@example.com <a@example.com>',
    'Acme <"quoted local part"@example.com>',
    'a@[127.0.0.1]',
    'a@example.com\r\nBcc: b@example.com',
    'Acme\nBcc: b@example.com <a@example.com>',
    'Acme \u202emoc.live <a@example.com>',
    '=?utf-8?q?a?=@example.com',
    'a@\u212aexample.com',
  ])('is refused when it is malformed, or when something in it would be left out: %j', (text) => {
    expect(() => mailbox.parse(text)).toThrow('must be `name@example.com` or `Name <name@example.com>`.');
  });

  it('names the service in emails, and is not repeated when it is refused', () => {
    const env = { ...development(), MAIL_FROM: '"Acme, Inc." <a@example.com>' };
    expect(loadConfig(env).mailFrom).toEqual({ name: 'Acme, Inc.', address: 'a@example.com' });
    const { message } = configError({ ...env, MAIL_FROM: 'a@example.com, canary@example.com' });
    expect(message).toContain('MAIL_FROM: is a list of addresses. Emails have one sender.');
    expect(message).not.toContain('canary');
  });
});
