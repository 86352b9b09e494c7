import { loadConfig } from '../../src/config/config.js';
import { configError, refusedVariables, testEnvironments } from '../support/configuration.js';

const { production } = testEnvironments();

describe('MAIL_URL', () => {
  it('uses TLS, except on this machine or where it is turned off explicitly', () => {
    const server = (text: string) => loadConfig({ ...production(), MAIL_URL: text }).mailUrl;
    expect(server('smtps://smtp.example.com')).toEqual({ host: 'smtp.example.com', port: 465, tls: 'implicit' });
    expect(server('smtp://smtp.example.com')).toEqual({ host: 'smtp.example.com', port: 587, tls: 'starttls' });
    expect(server('smtp://smtp.example.com:25?tls=required')).toMatchObject({ port: 25, tls: 'starttls' });
    expect(server('smtp://relay.example.com:25?tls=off')).toMatchObject({ tls: 'none' });
    expect(server('smtp://localhost:1025')).toEqual({ host: 'localhost', port: 1025, tls: 'none' });
    expect(server('smtp://[::1]:1025/')).toEqual({ host: '::1', port: 1025, tls: 'none' });
    expect(server('smtp://127.0.0.1?tls=required')).toMatchObject({ tls: 'starttls' });
    // Only what is this machine in so many letters.
    expect(server('smtp://127.example.com')).toMatchObject({ tls: 'starttls' });
    expect(server('smtp://LOCALHOST')).toMatchObject({ tls: 'starttls' });
  });

  it('never shows a mail server’s password to the network', () => {
    const text = 'smtp://ada:p%40ss%3A@smtp.example.com';
    const auth = { user: 'ada', pass: 'p@ss:' };
    expect(loadConfig({ ...production(), MAIL_URL: text }).mailUrl).toMatchObject({ tls: 'starttls', auth });
    const { message } = configError({ ...production(), MAIL_URL: `${text}?tls=off` });
    expect(message).toMatch(/^MAIL_URL: has credentials and `tls=off`/m);
    expect(message).not.toMatch(/ada|p%40ss|smtp\.example/);
    expect(loadConfig({ ...production(), MAIL_URL: 'smtp://ada:secret@localhost' }).mailUrl).toMatchObject({
      tls: 'none',
    });
  });

  it.each([
    'smtp://',
    'smtp:smtp.example.com',
    'http://smtp.example.com',
    'smtp://smtp.example.com/path',
    'smtp://smtp.example.com#fragment',
    'smtps://smtp.example.com?tls=off',
    'smtps://smtp.example.com?tls.rejectUnauthorized=false',
    'smtp://smtp.example.com?ignoreTLS=true',
    'smtp://smtp.example.com?tls=required&logger=true',
    'smtp://smtp.example.com?tls=maybe',
    'smtp://ada@smtp.example.com',
    'smtp://:secret@smtp.example.com',
    'smtp://a%zz:b@smtp.example.com',
    'smtp://a.example.com,b.example.com',
    'smtp://m\u00fcnchen.example',
    'smtp://smtp%20.example.com',
    'smtp://smtp.example.com:0',
    'FILE:',
  ])('does not take %s for a mail server', (text) => {
    expect(refusedVariables({ ...production(), MAIL_URL: text })).toEqual(['MAIL_URL']);
  });
});
