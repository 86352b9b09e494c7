import { createMetricsServer } from '../../src/http/metrics.js';

describe('the server of /metrics', () => {
  const server = createMetricsServer({
    contentType: 'text/plain; version=0.0.4',
    text: () => Promise.resolve('logins 1\n'),
  });

  afterAll(() => server.close());

  it('sends the metrics in their own content type', async () => {
    const { statusCode, headers, body } = await server.inject('/metrics');
    expect({ statusCode, body }).toEqual({ statusCode: 200, body: 'logins 1\n' });
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  it('serves nothing else', async () => {
    expect((await server.inject('/graphql')).statusCode).toBe(404);
  });
});
