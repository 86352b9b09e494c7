import type { Page } from 'playwright-core';

import { PASSWORD, type TestUser } from '../../support/app.js';
import {
  describeInBrowser,
  keepScreenshot,
  openPage,
  startPrefixedApp,
  type PrefixedApp,
} from '../../support/chromium.js';
import { developmentVariables } from '../../support/configuration.js';

describeInBrowser('the explorer without the internet', (browser) => {
  let server: PrefixedApp;
  let user: TestUser;

  beforeAll(async () => {
    server = await startPrefixedApp(developmentVariables);
    user = await server.app.createUser({ email: 'explorer@example.com' });
  });

  afterAll(() => server.close());

  /** Opens the explorer, and records the requests to anything but the server, which fail. */
  const openExplorer = async (colorScheme: 'light' | 'dark' = 'light') => {
    const { page, complaints } = await openPage(browser(), { colorScheme, viewport: { width: 1280, height: 800 } });
    const elsewhere: string[] = [];
    await page.route('**/*', (route, request) => {
      const url = request.url();
      if (url.startsWith(`${server.url}/`) || url.startsWith('data:')) return route.continue();
      elsewhere.push(url);
      return route.abort();
    });
    await page.goto(`${server.url}/explorer`);
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    return { page, complaints, elsewhere };
  };

  /** Replaces the text of an editor by pasting: what is typed, the editor completes with quotes and braces. */
  const write = async (page: Page, editor: string, text: string) => {
    await page.locator(`${editor} .view-lines:visible`).first().click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.evaluate(`{
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', ${JSON.stringify(text)});
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }`);
  };

  /** Runs the operation of a tab, waits until its response is displayed, and returns its body. */
  const run = async (page: Page, displayed: string): Promise<string> => {
    const [response] = await Promise.all([
      page.waitForResponse(`${server.url}/graphql`),
      page.getByRole('button', { name: /^Execute query/ }).click(),
    ]);
    await page.locator('.result-window').getByText(displayed).first().waitFor();
    return response.text();
  };

  it('leads from a login to the own account, with the token in the editor of headers', async () => {
    const { page, complaints, elsewhere } = await openExplorer();
    await page.locator('.graphiql-editor-tool').getByText('admin@example.com').first().waitFor();
    await write(page, '.graphiql-editor-tool', JSON.stringify({ input: { email: user.email, password: PASSWORD } }));
    const [, token = ''] = /"accessToken":"([^"]+)"/.exec(await run(page, '"accessToken"')) ?? [];
    expect(token).toMatch(/^ey/);

    await page.getByRole('tab', { name: 'Me' }).click();
    await page.getByRole('button', { name: 'Headers', exact: true }).click();
    await write(page, '.graphiql-editor-tool', JSON.stringify({ authorization: `Bearer ${token}` }));
    expect(JSON.parse(await run(page, '"email"'))).toEqual({ data: { me: { email: user.email, roles: ['USER'] } } });
    await keepScreenshot(page, 'explorer-light-1280');

    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
    expect(page.url()).toBe(`${server.url}/explorer`);
    expect(await page.evaluate('JSON.stringify({ ...localStorage })')).not.toMatch(/Bearer|accessToken|battery/);
  });

  it('shows the documentation of the schema, and completes the names of fields', async () => {
    const { page, complaints, elsewhere } = await openExplorer('dark');
    await page.getByRole('button', { name: /Documentation Explorer/ }).click();
    await page.locator('.graphiql-doc-explorer').getByText('Mutation', { exact: true }).first().click();
    await page.locator('.graphiql-doc-explorer').getByText('login', { exact: true }).first().waitFor();
    await write(page, '.graphiql-query-editor', '{ authCo');
    await page.keyboard.press('ControlOrMeta+Space');
    await page.locator('.suggest-widget').getByText('authConfig').first().waitFor();
    await keepScreenshot(page, 'explorer-dark-1280');
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
