import Fastify from 'fastify';

import { GatehouseError } from '../../src/errors.js';
import { addErrorHandlers, errorBody } from '../../src/http/errors.js';
import { HttpError } from '../../src/http/request-head.js';

describe('an error outside GraphQL', () => {
  const faults: unknown[] = [];
  const server = Fastify();
  addErrorHandlers(server, {
    onFault: (error) => faults.push(error),
    onErrorSent: () => undefined,
    isSchemaPublic: false,
  });
  server.get('/gatehouse', () => {
    throw new GatehouseError('SERVICE_UNAVAILABLE', { retryAfterSeconds: 2 });
  });
  server.get('/client', () => {
    throw new HttpError(415, 'The header is missing.');
  });
  server.get('/fault', () => {
    throw new Error('the secret 4711');
  });

  let url: string;

  beforeAll(async () => {
    url = await server.listen({ host: '127.0.0.1', port: 0 });
  });

  afterAll(() => server.close());

  it('has the format of a GraphQL error', async () => {
    const response = await fetch(`${url}/nowhere`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual(errorBody('BAD_REQUEST'));
  });

  it('of ours has its own status and headers', async () => {
    const response = await fetch(`${url}/gatehouse`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.json()).toEqual(errorBody('SERVICE_UNAVAILABLE', { retryAfterSeconds: 2 }));
  });

  it('of a client keeps its status, and is not explained where the schema is not public', async () => {
    const response = await fetch(`${url}/client`);
    expect(response.status).toBe(415);
    expect(await response.json()).toEqual(errorBody('BAD_REQUEST'));
    expect(faults).toEqual([]);
  });

  it('that is internal is reported once, and not described in the response', async () => {
    const response = await fetch(`${url}/fault`);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual(errorBody('INTERNAL_SERVER_ERROR'));
    expect(faults).toEqual([new Error('the secret 4711')]);
  });
});
