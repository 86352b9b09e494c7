import Fastify from 'fastify';

import { refuseOtherMethods } from '../../src/http/allowed-methods.js';

describe('a method that a path does not support', () => {
  const server = Fastify();
  refuseOtherMethods(server);
  server.route({ method: ['GET', 'POST'], url: '/graphql', exposeHeadRoute: false, handler: () => 'ok' });

  afterAll(() => server.close());

  it('is refused with 405 and the methods that the path supports', async () => {
    const response = await server.inject({ method: 'DELETE', url: '/graphql?x=1' });
    expect(response.statusCode).toBe(405);
    expect(response.headers['allow']).toBe('GET, POST');
  });

  it('is refused in every spelling of the path', async () => {
    const response = await server.inject({ method: 'PUT', url: '/%67raphql' });
    expect(response.statusCode).toBe(405);
  });

  it('is a 404 on a path that nobody serves', async () => {
    expect((await server.inject({ method: 'DELETE', url: '/nowhere' })).statusCode).toBe(404);
  });

  it('does not concern the methods that the path supports', async () => {
    expect((await server.inject({ method: 'POST', url: '/graphql' })).statusCode).toBe(200);
  });
});
