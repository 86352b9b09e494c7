import { startApp } from './app.js';

/** A response to a GET, and its body as text. */
export interface ReadPage {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Starts a server with an environment, reads one of its pages, and stops it. */
export const readPage = async (
  env: NodeJS.ProcessEnv,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ReadPage> => {
  const app = await startApp(env);
  try {
    const response = await fetch(app.url + path, { headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } finally {
    await app.close();
  }
};
