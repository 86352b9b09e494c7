import { connect } from 'node:net';

import type { Answer } from './app.js';

/**
 * The bytes of a request as it is given: with a header twice, with a foreign Host, with bytes that `fetch` refuses or puts
 * in order. Every `\n` in the head becomes CR LF; Host, Connection and Content-Length are added where they are missing.
 */
const rawRequest = (url: string, head: string, body: string): Buffer => {
  const lines = head.split('\n').filter((line) => line !== '');
  const has = (name: string) => lines.some((line) => line.toLowerCase().startsWith(`${name}:`));
  if (!has('host')) lines.push(`Host: ${new URL(url).host}`);
  if (!has('content-length') && body !== '') lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  lines.push('Connection: close', '', '');
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), Buffer.from(body)]);
};

/** A question to the GraphQL endpoint with the headers given, one a line; ready to be sent, by `sendBytes`. */
export const rawQuestion = (url: string, headers: string, query: string): Buffer =>
  rawRequest(url, `POST /graphql HTTP/1.1\nContent-Type: application/json\n${headers}`, JSON.stringify({ query }));

export const sendBytes = (url: string, bytes: Buffer): Promise<Answer> => {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    const finish = (error?: Error): void => {
      socket.destroy();
      const text = Buffer.concat(chunks).toString();
      // A server that refuses half-way may reset what is still being sent; what counts is whether it answered first.
      if (text === '') reject(error ?? new Error('the server closed the connection without an answer'));
      else resolve(parse(text));
    };
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => finish());
    socket.on('error', finish);
    socket.write(bytes);
  });
};

/** Sends a request byte by byte as it is given. */
export const sendRaw = (url: string, head: string, body = ''): Promise<Answer> =>
  sendBytes(url, rawRequest(url, head, body));

/** Asks the GraphQL endpoint with the headers given, one a line. */
export const postRaw = (url: string, headers: string, query: string): Promise<Answer> =>
  sendBytes(url, rawQuestion(url, headers, query));

const parse = (response: string): Answer => {
  const [head = '', ...rest] = response.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const text = rest.join('\r\n\r\n');
  const { data, errors = [], extensions } = JSON.parse(text) as Partial<Answer>;
  return { status: Number(statusLine.split(' ')[1]), headers, text, data, errors, extensions };
};
