import type { Page } from 'playwright-core';

import { startApp, type TestApp } from '../../support/app.js';
import { developmentVariables } from '../../support/configuration.js';
import { describeInBrowser, keepScreenshot, openPage } from '../../support/chromium.js';

type Outcome = Readonly<Record<string, unknown>>;

/** The states of a page: what the server answers to its button, or nothing for the form itself. */
const states: readonly (readonly [state: string, path: string, outcome: Outcome | undefined])[] = [
  ['start', '/', undefined],
  ['confirm', '/verify-email?token=t', undefined],
  ['choose', '/reset-password?token=t', undefined],
  ['success', '/reset-password?token=t', { __typename: 'ResetPasswordSuccess', email: 'ada.lovelace@example.com' }],
  [
    'refused password',
    '/reset-password?token=t',
    { __typename: 'WeakPasswordError', reasons: ['TOO_SHORT', 'LEAKED'] },
  ],
  ['invalid link', '/verify-email?token=t', { __typename: 'InvalidTokenError' }],
  ['rate limit', '/confirm-email-change?token=t', { __typename: 'RateLimitedError', retryAfterSeconds: 300 }],
  ['network error', '/confirm-email-change?token=t', {}],
  ['no token', '/confirm-email-change', undefined],
];

const [lightPhone, darkPhone] = [
  ['light', 390],
  ['dark', 390],
] as const;
const [lightDesktop, darkDesktop] = [
  ['light', 1280],
  ['dark', 1280],
] as const;
/** All four to look at, or two that differ in both. */
const windows =
  process.env['SCREENSHOTS'] === undefined
    ? [lightPhone, darkDesktop]
    : [lightPhone, darkPhone, lightDesktop, darkDesktop];

describeInBrowser('the pages of the server', (browser) => {
  let named: TestApp;
  let developed: TestApp;

  beforeAll(async () => {
    named = await startApp({ APP_NAME: 'Lovelace & Daughters', APP_COLOR: '#b4d455' });
    developed = await startApp(developmentVariables);
  });

  afterAll(async () => {
    await named.close();
    await developed.close();
  });

  const open = async (
    url: string,
    [colorScheme, width]: (typeof windows)[number],
    locale = 'en',
  ): Promise<{ page: Page; complaints: readonly string[] }> => {
    const { page, complaints } = await openPage(browser(), { colorScheme, viewport: { width, height: 800 }, locale });
    await page.goto(url);
    return { page, complaints };
  };

  /** Presses the button of the form that is visible. */
  const submit = async (page: Page, outcome: Outcome) => {
    await page.route('**/graphql', (route) =>
      '__typename' in outcome ? route.fulfill({ json: { data: { outcome } } }) : route.abort(),
    );
    const password = page.locator('#password:visible');
    if ((await password.count()) > 0) await password.fill('a password');
    await page.locator('form:visible button').click();
    await page.locator('#report:not(:empty)').waitFor();
  };

  const isWithinWindow = (page: Page) =>
    page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');

  describe.each(windows)('in the %s color scheme and a window of %d pixels', (...window) => {
    it.each(states)('show the state %s within the window', async (state, path, outcome) => {
      const { page } = await open(named.url + path, window);
      if (outcome) await submit(page, outcome);
      else await page.locator('main > :visible').first().waitFor();
      expect(await isWithinWindow(page)).toBe(true);
      expect(await page.locator('.service, h1').first().textContent()).toBe('Lovelace & Daughters');
      await keepScreenshot(page, `${state.replaceAll(' ', '-')}-${window.join('-')}`);
    });

    it('show the page at / in development, without a complaint of the browser', async () => {
      const { page, complaints } = await open(developed.url, window);
      await page.getByRole('link', { name: 'Explorer' }).waitFor();
      expect(await isWithinWindow(page)).toBe(true);
      expect(complaints).toEqual([]);
      await keepScreenshot(page, `development-${window.join('-')}`);
    });
  });

  it('show where the focus is', async () => {
    const { page } = await open(`${named.url}/reset-password?token=t`, lightPhone, 'de');
    for (const selector of ['#password', '#show', 'button']) {
      await page.keyboard.press('Tab');
      expect(await page.locator(`${selector}:focus-visible`).count()).toBe(1);
    }
    await keepScreenshot(page, 'focus-light-390');
  });

  it('show a result where the form was, without a jump of what is above it', async () => {
    const { page } = await open(`${named.url}/reset-password?token=t`, lightDesktop);
    const top = async () => (await page.locator('h1').boundingBox())?.y;
    const before = await top();
    await submit(page, { __typename: 'WeakPasswordError', reasons: ['TOO_SHORT'] });
    expect(await top()).toBe(before);
  });
});
