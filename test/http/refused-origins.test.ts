import { PASSWORD, startApp, type TestApp } from '../support/app.js';
import { LoginDocument } from '../support/generated/operations.js';

const preflight = (app: TestApp, origin: string) =>
  fetch(`${app.url}/graphql`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  });

const loginFrom = (app: TestApp, origin: string) =>
  app.send(
    LoginDocument,
    { input: { email: 'a@example.com', password: PASSWORD } },
    { 'x-refresh-transport': 'cookie', origin },
  );

const refusedOrigins = (app: TestApp) =>
  app.log
    .map((line) => JSON.parse(line) as { origin?: string; msg: string })
    .filter(({ msg }) => msg.includes('CORS_ORIGINS'))
    .map(({ origin }) => origin);

describe('a refused origin', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({
      NODE_ENV: 'development',
      ARGON2_MEMORY_KIB: '7168',
      ARGON2_PASSES: '5',
      CORS_ORIGINS: 'capacitor://localhost',
    });
  });

  afterAll(async () => {
    await app.close();
  });

  it('is logged in development, once, with the variable that allows it: of a preflight and of the refresh cookie', async () => {
    for (let round = 0; round < 2; round += 1) {
      await preflight(app, 'http://localhost:5173');
      await loginFrom(app, 'http://localhost:5174');
    }
    await app.send(
      LoginDocument,
      { input: { email: 'a@example.com', password: PASSWORD } },
      { origin: 'http://localhost:5175' },
    );
    expect(refusedOrigins(app)).toEqual(['http://localhost:5173', 'http://localhost:5174']);
  });

  it('is not one that is listed: an app of its own scheme passes the preflight and may use the cookie', async () => {
    const { headers } = await preflight(app, 'capacitor://localhost');
    expect(headers.get('access-control-allow-origin')).toBe('capacitor://localhost');
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect((await loginFrom(app, 'capacitor://localhost')).data?.login.__typename).toBe('InvalidCredentialsError');
    const other = await preflight(app, 'capacitor://localhost:1');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('does not fill the log when a client invents origins', async () => {
    for (let n = 0; n < 50; n += 1) await preflight(app, `https://invented-${n}.example`);
    await preflight(app, `https://${'x'.repeat(300)}.example`);
    expect(refusedOrigins(app)).toHaveLength(20);
  });

  it('is not logged outside development', async () => {
    const other = await startApp();
    await preflight(other, 'http://localhost:5173');
    await loginFrom(other, 'http://localhost:5173');
    const origins = refusedOrigins(other);
    await other.close();
    expect(origins).toEqual([]);
  });
});
