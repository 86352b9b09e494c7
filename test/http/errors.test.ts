import Fastify from 'fastify';

import { GatehouseError } from '../../src/errors.js';
import { addErrorHandlers, errorBody } from '../../src/http/errors.js';
import { httpError } from '../../src/http/request-head.js';

describe('an error outside GraphQL', () => {
  const faults: unknown[] = [];
  const server = Fastify();
  addErrorHandlers(server, (error) => faults.push(error));
  server.get('/gatehouse', () => {
    throw new GatehouseError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 2 });
  });
  server.get('/client', () => {
    throw httpError(415, 'the secret 4711');
  });
  server.get('/fault', () => {
    throw new Error('the secret 4711');
  });

  afterAll(() => server.close());

  it('has the format of a GraphQL error', async () => {
    const response = await server.inject('/nowhere');
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.json()).toEqual(errorBody('NOT_FOUND'));
  });

  it('of ours has its own status and headers', async () => {
    const response = await server.inject('/gatehouse');
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('2');
    expect(response.json()).toEqual(errorBody('SERVICE_UNAVAILABLE'));
  });

  it('of a client keeps its status and never quotes the input', async () => {
    const response = await server.inject('/client');
    expect(response.statusCode).toBe(415);
    expect(response.json()).toEqual(errorBody('BAD_REQUEST'));
    expect(faults).toEqual([]);
  });

  it('that is internal is reported once, and not described in the response', async () => {
    const response = await server.inject('/fault');
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual(errorBody('INTERNAL_SERVER_ERROR'));
    expect(faults).toEqual([new Error('the secret 4711')]);
  });
});
