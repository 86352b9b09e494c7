import Fastify from 'fastify';

import { collectMethods, refuseOtherMethods } from '../../src/http/allowed-methods.js';

describe('a method that a path does not support', () => {
  const server = Fastify();
  refuseOtherMethods(server, collectMethods(server));
  server.route({ method: ['GET', 'POST'], url: '/graphql', exposeHeadRoute: false, handler: () => 'ok' });

  let url: string;

  beforeAll(async () => {
    url = await server.listen({ host: '127.0.0.1', port: 0 });
  });

  afterAll(() => server.close());

  it('is refused with 405 and the methods that the path supports', async () => {
    const response = await fetch(`${url}/graphql?x=1`, { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST');
  });

  it('is refused in every spelling of the path', async () => {
    const response = await fetch(`${url}/%67raphql`, { method: 'PUT' });
    expect(response.status).toBe(405);
  });

  it('is a 404 on a path that nobody serves', async () => {
    expect((await fetch(`${url}/nowhere`, { method: 'DELETE' })).status).toBe(404);
  });

  it('does not concern the methods that the path supports', async () => {
    expect((await fetch(`${url}/graphql`, { method: 'POST' })).status).toBe(200);
  });
});
