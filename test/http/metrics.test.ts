import { createMetricsServer } from '../../src/http/metrics.js';

describe('the server of /metrics', () => {
  const server = createMetricsServer({
    contentType: 'text/plain; version=0.0.4',
    text: () => Promise.resolve('logins 1\n'),
  });

  let url: string;

  beforeAll(async () => {
    url = await server.listen({ host: '127.0.0.1', port: 0 });
  });

  afterAll(() => server.close());

  it('sends the metrics in their own content type', async () => {
    const response = await fetch(`${url}/metrics`);
    expect([response.status, await response.text()]).toEqual([200, 'logins 1\n']);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  it('serves nothing else', async () => {
    expect((await fetch(`${url}/graphql`)).status).toBe(404);
  });
});
