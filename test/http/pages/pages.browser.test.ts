import type { Page } from 'playwright-core';

import { bearer, PASSWORD, type TestApp } from '../../support/app.js';
import { describeInBrowser, openPage, startPrefixedApp, type PrefixedApp } from '../../support/chromium.js';
import { MeDocument, SignUpDocument } from '../../support/generated/operations.js';
import { linkIn } from '../../support/mailbox.js';

const NEW_PASSWORD = 'only the owner of the address knows';

describeInBrowser('the pages that links in emails lead to', (browser) => {
  let server: PrefixedApp;
  let app: TestApp;

  beforeAll(async () => {
    server = await startPrefixedApp();
    ({ app } = server);
  });

  afterAll(() => server.close());

  /** Signs up, and returns the link in the email. */
  const signUp = async (email: string): Promise<string> => {
    await app.send(SignUpDocument, { input: { email, password: PASSWORD } });
    return linkIn(await app.mailbox.waitFor(email));
  };

  const post = (query: string, variables: Record<string, unknown>, headers?: Record<string, string>) =>
    app.post(JSON.stringify({ query, variables }), headers);

  const report = (page: Page) => page.locator('#report');
  const confirm = (page: Page) => page.getByRole('button', { name: 'Confirm email address' }).click();
  const save = async (page: Page, password: string) => {
    await page.getByLabel('New password').fill(password);
    await page.getByRole('button', { name: 'Save password' }).click();
  };

  describe('verify-email', () => {
    it('leads from the email to a password and a login', async () => {
      const { page, complaints } = await openPage(browser());
      await page.goto(await signUp('grace@example.com'));
      await confirm(page);
      await save(page, NEW_PASSWORD);
      await report(page).getByText('You can log in now.').waitFor();

      expect(await page.locator('form:visible').count()).toBe(0);
      expect(await page.getByRole('status').textContent()).toContain('Your email address there is grace@example.com.');
      expect(await page.locator('#username').inputValue()).toBe('grace@example.com');
      expect(complaints).toEqual([]);
      await app.login({ email: 'grace@example.com', password: NEW_PASSWORD });
      await expect(app.login({ email: 'grace@example.com', password: PASSWORD })).rejects.toThrow(
        'INVALID_CREDENTIALS',
      );
    });

    it('does nothing when it is opened, and removes the token from the address bar', async () => {
      const { page, complaints } = await openPage(browser());
      const requests: string[] = [];
      page.on('request', (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname}`));
      await page.goto(await signUp('scanned@example.com'), { waitUntil: 'networkidle' });

      expect(requests.filter((request) => request !== 'GET /id/favicon.svg')).toEqual(['GET /id/verify-email']);
      expect(page.url()).toBe(`${server.url}/verify-email`);
      expect(complaints).toEqual([]);
    });

    it('explains why a password is refused, and accepts a better one afterwards', async () => {
      const { page, complaints } = await openPage(browser());
      await page.goto(await signUp('barbara@example.com'));
      await confirm(page);
      await save(page, 'barbara');
      await report(page).getByText('It is too short. Use at least 15 characters.').waitFor();

      expect(await report(page).getByRole('listitem').count()).toBe(2);
      expect(await report(page).textContent()).toContain('part of your email address');
      expect(await page.getByLabel('New password').getAttribute('aria-invalid')).toBe('true');
      await save(page, NEW_PASSWORD);
      await report(page).getByText('You can log in now.').waitFor();
      expect(complaints).toEqual([]);
    });

    it('explains that a password is longer than the API reads', async () => {
      const { page } = await openPage(browser());
      await page.goto(await signUp('longwinded@example.com'));
      await confirm(page);
      await save(page, 'ab '.repeat(400));
      await report(page).getByText('It is too long. Use at most 256 characters.').waitFor();
    });

    it('explains that the link was used already', async () => {
      const link = await signUp('again@example.com');
      const first = await openPage(browser());
      await first.page.goto(link);
      await confirm(first.page);
      await save(first.page, NEW_PASSWORD);
      await report(first.page).getByText('You can log in now.').waitFor();

      const { page, complaints } = await openPage(browser());
      await page.goto(link);
      await confirm(page);
      await page.getByRole('alert').getByText('This link is no longer valid.').waitFor();
      expect(await page.locator('form:visible').count()).toBe(0);
      expect(complaints).toEqual([]);
    });

    it('explains that the link has no token, as after a reload', async () => {
      const { page } = await openPage(browser());
      await page.goto(await signUp('reloaded@example.com'));
      await page.reload();
      await report(page).getByText('This link is incomplete.').waitFor();
    });

    it('explains that the server is unreachable, and continues when it is reachable again', async () => {
      const { page } = await openPage(browser());
      await page.goto(await signUp('tunnel@example.com'));
      await page.context().setOffline(true);
      await confirm(page);
      await page.getByRole('alert').getByText('Something went wrong.').waitFor();
      await page.context().setOffline(false);
      await confirm(page);
      await page.getByLabel('New password').waitFor();
    });

    it('states how long to wait when a rate limit is exhausted', async () => {
      const { page } = await openPage(browser());
      const outcome = { __typename: 'RateLimitedError', retryAfterSeconds: 61 };
      await page.route('**/graphql', (route) => route.fulfill({ json: { data: { outcome } } }));
      await page.goto(await signUp('hasty@example.com'));
      await confirm(page);
      await report(page).getByText('Try again in 2 min.').waitFor();
    });

    it('can be used with the keyboard alone, and moves the focus to what changed', async () => {
      const { page } = await openPage(browser());
      await page.goto(await signUp('keyboard@example.com'));
      const press = async (...keys: readonly string[]) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      const focused = page.locator(':focus');
      await press('Tab', 'Enter');
      await page.getByLabel('New password').waitFor();
      expect(await focused.getAttribute('id')).toBe('password');
      await page.keyboard.type(NEW_PASSWORD);
      await press('Tab', 'Space');
      expect(await page.getByLabel('New password').getAttribute('type')).toBe('text');
      await press('Tab', 'Enter');
      await report(page).getByText('You can log in now.').waitFor();
      expect(await focused.getAttribute('id')).toBe('report');
    });

    it('is in the language of the email, and fits a narrow window in dark mode', async () => {
      const { page, complaints } = await openPage(browser(), {
        viewport: { width: 320, height: 480 },
        colorScheme: 'dark',
        locale: 'en',
      });
      await page.goto(`${await signUp('konrad@example.com')}&lang=de`);
      await page.getByRole('button', { name: 'E-Mail-Adresse bestätigen' }).click();
      await page.getByLabel('Neues Passwort').waitFor();

      expect(page.url()).toBe(`${server.url}/verify-email?lang=de`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
      expect(complaints).toEqual([]);
    });

    it('shows its icon, which its policy allows', async () => {
      const { page, complaints } = await openPage(browser());
      await page.goto(await signUp('icon@example.com'));
      const width = await page.evaluate(`new Promise((resolve, reject) => {
        const image = new Image();
        image.onload = () => resolve(image.width);
        image.onerror = () => reject(new Error('not loaded'));
        image.src = document.querySelector('link[rel=icon]').href;
      })`);
      expect(width).toBeGreaterThan(0);
      expect(complaints).toEqual([]);
    });

    it('states that it needs JavaScript where there is none', async () => {
      const { page } = await openPage(browser(), { javaScriptEnabled: false });
      await page.goto(await signUp('noscript@example.com'));
      await page.locator('noscript p').waitFor();
      expect(await page.locator('form:visible').count()).toBe(0);
    });
  });

  describe('reset-password', () => {
    it('leads from the email to a new password and a login, and ends every session', async () => {
      const user = await app.newcomer();
      await post('mutation ($email: String!) { requestPasswordReset(input: { email: $email }) { __typename } }', {
        email: user.email,
      });
      const link = linkIn(await app.mailbox.waitFor(user.email));
      expect(link).toContain(`${server.url}/reset-password?token=`);

      const { page, complaints } = await openPage(browser());
      await page.goto(link);
      await save(page, 'short');
      await report(page).getByText('It is too short').waitFor();
      await save(page, NEW_PASSWORD);
      await report(page).getByText('all devices have been logged out').waitFor();

      expect(complaints).toEqual([]);
      const { errors } = await app.send(MeDocument, {}, bearer(user.tokens.accessToken));
      expect(errors[0]?.extensions.reason).toBe('SESSION_REVOKED');
      await app.login({ email: user.email, password: NEW_PASSWORD });
      await expect(app.login(user)).rejects.toThrow('INVALID_CREDENTIALS');

      const second = await openPage(browser());
      await second.page.goto(link);
      await save(second.page, 'one more that nobody knows');
      await report(second.page).getByText('This link is no longer valid.').waitFor();
      await app.login({ email: user.email, password: NEW_PASSWORD });
    });
  });

  describe('confirm-email-change', () => {
    it('leads from the email to a login with the new address', async () => {
      const user = await app.newcomer();
      const newEmail = 'moved@example.com';
      await post(
        'mutation ($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) { __typename } }',
        { input: { newEmail, password: user.password } },
        bearer(user.tokens.accessToken),
      );
      const link = linkIn(await app.mailbox.waitFor(newEmail));
      expect(link).toContain(`${server.url}/confirm-email-change?token=`);

      const { page, complaints } = await openPage(browser());
      await page.goto(link, { waitUntil: 'networkidle' });
      await app.login(user);
      await page.getByRole('button', { name: 'Use this address' }).click();
      await report(page).getByText('Your account now uses the new email address.').waitFor();

      expect(complaints).toEqual([]);
      await app.login({ email: newEmail, password: user.password });
      await expect(app.login(user)).rejects.toThrow('INVALID_CREDENTIALS');

      const second = await openPage(browser());
      await second.page.goto(link);
      await second.page.getByRole('button', { name: 'Use this address' }).click();
      await report(second.page).getByText('This link is no longer valid.').waitFor();
    });
  });
});
