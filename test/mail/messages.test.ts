import { write } from '../../src/mail/messages.js';

describe('a verification mail', () => {
  const { subject, text, html, link } = write(
    { template: 'verify-email', token: 'id.secret' },
    'https://app.example.com',
  );

  it('leads to APP_URL with the token, in text and in HTML alike', () => {
    expect(subject).toBe('Confirm your e-mail address');
    expect(link).toBe('https://app.example.com/verify-email?token=id.secret');
    expect(text).toContain(`\n${link ?? ''}\n`);
    expect(html).toContain(`href="${link ?? ''}"`);
  });
});

describe('what is written into HTML', () => {
  it('is escaped, whatever APP_URL holds', () => {
    const { html } = write(
      { template: 'verify-email', token: 'id.secret' },
      'https://app.example.com/?a="><script>&b=',
    );
    expect(html).not.toContain('<script>');
    expect(html).toContain('?a=&#34;&#62;&#60;script&#62;&#38;b=');
  });
});

describe('a mail about a sign-up for an address with an account', () => {
  it('has no link: there is nothing to confirm', () => {
    const { text, link } = write({ template: 'sign-up-attempted' }, 'https://app.example.com');
    expect(link).toBeUndefined();
    expect(text).not.toContain('https://');
  });
});
