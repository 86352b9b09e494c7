import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

import { startApp, type TestApp } from './app.js';

/** The program that CHROMIUM names. */
const executablePath = process.env['CHROMIUM'];

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Describes tests that need a browser. Without CHROMIUM, one test says that they are skipped. */
export const describeInBrowser = (name: string, tests: (browser: () => Browser) => void): void => {
  describe(`${name}, in a browser`, () => {
    if (executablePath === undefined) {
      it('is skipped: CHROMIUM is the path of a Chromium executable', () => {
        console.warn(`Not tested: ${name}, in a browser. Set CHROMIUM, as in CHROMIUM=/usr/bin/chromium.`);
      });
      return;
    }
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ headless: true, args, executablePath });
    });
    afterAll(() => browser.close());
    tests(() => browser);
  });
};

/** A page, and what its console said: what a policy refused, what a script threw, what did not load. */
export interface ObservedPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

/** Opens a page in a browser context of its own: no cookie, no history, nothing cached. */
export const openPage = async (browser: Browser, options: BrowserContextOptions = {}): Promise<ObservedPage> => {
  const page = await (await browser.newContext(options)).newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, complaints };
};

/** Writes a picture of a page into the folder that SCREENSHOTS names, for a person to look at; does nothing if it is not set. */
export const keepScreenshot = async (page: Page, name: string): Promise<void> => {
  const folder = process.env['SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
};

/** A proxy that serves a server's paths below a prefix, on a port that is known before the server runs. */
interface PrefixProxy {
  readonly url: string;
  forwardTo(target: string): void;
  close(): Promise<void>;
}

const startPrefixProxy = async (prefix: string): Promise<PrefixProxy> => {
  let target = '';
  const server: Server = createServer((incoming, answer) => {
    const { method, headers, url = '' } = incoming;
    if (!url.startsWith(`${prefix}/`)) {
      answer.writeHead(404).end();
      return;
    }
    const outgoing = request(`${target}${url.slice(prefix.length)}`, { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    forwardTo: (url) => {
      target = url;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
};

/** A server behind a proxy that adds a prefix to its paths. */
export interface PrefixedApp {
  /** The PUBLIC_URL of the server, which leads through the proxy. */
  readonly url: string;
  readonly app: TestApp;
  close(): Promise<void>;
}

export const startPrefixedApp = async (env: NodeJS.ProcessEnv = {}): Promise<PrefixedApp> => {
  const proxy = await startPrefixProxy('/id');
  const app = await startApp({ ...env, PUBLIC_URL: proxy.url });
  proxy.forwardTo(app.url);
  return {
    url: proxy.url,
    app,
    async close() {
      await app.close();
      await proxy.close();
    },
  };
};
