import type { FastifyReply, FastifyRequest } from 'fastify';

import { createLogFields } from '../../src/http/log-fields.js';

const { req, res } = createLogFields(() => ({ address: '203.0.113.7', isPeerTrusted: false }), {
  of: () => ({ kind: 'query', name: 'Me' }),
});

const requestOf = (method: string, originalUrl: string, url?: string) =>
  ({ method, originalUrl, routeOptions: { url } }) as FastifyRequest;
const pathOf = (originalUrl: string, url?: string) => req(requestOf('GET', originalUrl, url)).path;

describe('F11: what the log has of a request', () => {
  it('is its method, path and client; of the response, also the operation and the status', () => {
    const request = requestOf('POST', '/graphql', '/graphql');
    expect(req(request)).toEqual({ method: 'POST', path: '/graphql', remoteAddress: '203.0.113.7' });
    expect(res({ request, statusCode: 200 } as FastifyReply)).toEqual({
      method: 'POST',
      path: '/graphql',
      operation: 'Me',
      statusCode: 200,
    });
  });

  it.each([
    ['a query string', '/verify-email?token=canary', '/verify-email'],
    ['a query string that a mail program has encoded', '/verify-email%3Ftoken%3Dcanary', '/verify-email'],
    ['a token in the path', `/verify-email/${'c'.repeat(22)}.${'a'.repeat(43)}/x`, '/verify-email/[long]/x'],
    ['a line break', '/a%0d%0ab\r\nc', '/a'],
    ['an escape sequence', '/a\u001b[2J', '/a'],
  ])('leaves out %s', (_kind, url, path) => {
    expect(pathOf(url)).toBe(path);
  });

  it('is the pattern of a route of the application in place of its path', () => {
    expect(pathOf('/app/projects/of-ada', '/app/projects/:id')).toBe('/app/projects/:id');
  });

  it('is bounded in length', () => {
    expect(pathOf('/x'.repeat(5000))).toHaveLength(200);
    expect(pathOf(`/${'x'.repeat(5000)}`)).toBe('/[long]');
  });
});
