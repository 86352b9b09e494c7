import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { startApp } from '../support/app.js';

describe('a server that is closing', () => {
  it('refuses in our form what reaches it over a connection that was in use', async () => {
    const app = await startApp();
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    const response = text(socket);
    await new Promise<void>((resolve) => {
      socket.write('GET /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\n', () => {
        resolve();
      });
    });
    // Answered after the bytes above were read.
    await fetch(`${app.url}/healthz`);
    const closed = app.close();
    socket.write('X-A: 1\r\n\r\n');
    const [head = '', body = ''] = (await response).split('\r\n\r\n');
    await closed;
    expect(head).toMatch(/^HTTP\/1\.1 503 /);
    expect(head.toLowerCase()).toContain('connection: close');
    expect(head.toLowerCase()).toContain('retry-after: 1');
    expect(JSON.parse(body)).toMatchObject({
      errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true } }],
    });
  });
});

describe('CORS', () => {
  it('lets a page read the challenge, how long to wait, and the name of the request', async () => {
    const app = await startApp({ CORS_ORIGINS: 'https://app.example.com' });
    const { headers } = await app.post('{"query":"{ me { id } }"}', { origin: 'https://app.example.com' });
    await app.close();
    const exposed = (headers.get('access-control-expose-headers') ?? '').split(/,\s*/);
    expect(exposed).toEqual(expect.arrayContaining(['WWW-Authenticate', 'Retry-After', 'X-Request-Id']));
  });
});
