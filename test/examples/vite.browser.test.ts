import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { BrowserContext, Page } from 'playwright-core';
import ts from 'typescript';

import { PASSWORD, startApp, type TestApp, type TestUser } from '../support/app.js';
import { describeInBrowser } from '../support/chromium.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const examples = join(root, 'examples/clients');

describe('the page of docs/clients.md for a Vite application', () => {
  it('compiles in a browser', () => {
    const { options, fileNames } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(join(examples, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
      ts.sys,
      examples,
    );
    const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));
    expect(fileNames.some((name) => name.endsWith('main.ts'))).toBe(true);
    expect(diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  });
});

/** The modules that Vite resolves by name. */
const imports = {
  'graphql-request': '/node_modules/graphql-request/build/entrypoints/main.js',
  graphql: '/node_modules/graphql/index.mjs',
};

const html = `<!doctype html><html lang="en"><head><title>app</title><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports })}</script></head>
<body><div id="app"></div><script type="module" src="/main.js"></script></body></html>`;

/** Serves the example as Vite's development server does, with the address of a Gatehouse in place of its own. */
const serveExample = async (graphqlUrl: () => string): Promise<{ origin: string; server: Server }> => {
  const moduleOf = async (path: string): Promise<string> => {
    const file = join(path.startsWith('/node_modules/') ? root : examples, path);
    if (path.startsWith('/node_modules/')) return readFile(file, 'utf8');
    const source = await readFile(file.replace(/\.js$/, '.ts'), 'utf8');
    const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };
    return ts.transpile(source, compilerOptions).replace('http://localhost:4000/graphql', graphqlUrl());
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname;
    if (path === '/') {
      response.setHeader('content-type', 'text/html').end(html);
      return;
    }
    moduleOf(extname(path) === '' ? `${path}.js` : path).then(
      (text) => response.setHeader('content-type', 'text/javascript').end(text),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((listening) => server.listen(0, 'localhost', listening));
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, server };
};

describeInBrowser('that page', (browser) => {
  let app: TestApp;
  let other: TestApp;
  let context: BrowserContext;
  let example: Awaited<ReturnType<typeof serveExample>>;
  let user: TestUser;
  let target: () => string;

  const local = ({ url }: TestApp) => `${url.replace('127.0.0.1', 'localhost')}/graphql`;

  beforeAll(async () => {
    example = await serveExample(() => target());
    app = await startApp({ CORS_ORIGINS: example.origin, APP_URL: example.origin });
    other = await startApp();
    user = await app.createUser();
  });

  afterAll(async () => {
    await app.close();
    await other.close();
    example.server.close();
    example.server.closeAllConnections();
  });

  beforeEach(async () => {
    target = () => local(app);
    context = await browser().newContext();
  });

  afterEach(() => context.close());

  const open = async (): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(example.origin);
    return page;
  };
  const logIn = async (page: Page, password: string) => {
    await page.getByLabel('Email').fill(user.email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
  };
  const shows = (page: Page, text: string) => page.getByText(text).waitFor();
  const greeting = () => `You are logged in as ${user.email}.`;

  it('logs in with a cookie that no script can read, and stays logged in after a reload', async () => {
    const page = await open();
    await logIn(page, PASSWORD);
    await shows(page, greeting());
    const cookies = await context.cookies();
    expect(cookies.map(({ name }) => name).sort()).toEqual(['__Host-gatehouse-device', '__Host-gatehouse-refresh']);
    const cookie = cookies.find(({ name }) => name.endsWith('refresh'));
    expect(cookie).toMatchObject({
      name: '__Host-gatehouse-refresh',
      secure: true,
      httpOnly: true,
      sameSite: 'Strict',
    });
    expect(await page.evaluate('[document.cookie, localStorage.length]')).toEqual(['', 0]);
    await page.reload();
    await shows(page, greeting());
  });

  it('keeps both tabs logged in that refresh at the same time', async () => {
    const first = await open();
    const tabs = [first, await open()];
    await logIn(first, PASSWORD);
    await shows(first, greeting());
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(tabs.map((page) => page.reload()));
      await Promise.all(tabs.map((page) => shows(page, greeting())));
      app.clock.advance(1861);
      await Promise.all(tabs.map((page) => page.getByRole('button', { name: 'Reload user' }).click()));
      await Promise.all(tabs.map((page) => shows(page, greeting())));
    }
  });

  it('says that the password is wrong, and keeps the address', async () => {
    const page = await open();
    await logIn(page, 'not the password of anybody');
    await shows(page, 'The email address or the password is wrong.');
    expect(await page.getByLabel('Email').inputValue()).toBe(user.email);
  });

  it('logs out', async () => {
    const page = await open();
    await logIn(page, PASSWORD);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Password').waitFor();
    await page.reload();
    await page.getByLabel('Password').waitFor();
    // The device stays known.
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['__Host-gatehouse-device']);
  });

  it('says in another tab that the user was logged out', async () => {
    const page = await open();
    await logIn(page, PASSWORD);
    await shows(page, greeting());
    const other = await open();
    await shows(other, greeting());
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Password').waitFor();
    await other.getByRole('button', { name: 'Reload user' }).click();
    await shows(other, 'You have been logged out.');
  });

  it('says that the server cannot be reached, and the console names CORS, without CORS_ORIGINS', async () => {
    target = () => local(other);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(example.origin);
    await shows(page, 'The server cannot be reached. Try again later.');
    expect(complaints.join('\n')).toContain('CORS');
  });
});
