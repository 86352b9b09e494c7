import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';

let echo: Server;
let proxy: TcpProxy;
const sockets: Socket[] = [];

beforeAll(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => undefined).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await startTcpProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  proxy.restore();
});

afterAll(() => {
  proxy.close();
  echo.close();
});

const open = async (): Promise<Socket> => {
  const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
};

/** A socket that was reset emits an error too, with which `once` would reject. */
const closeOf = (socket: Socket) => new Promise((closed) => socket.once('close', closed));

/** Sends a text and returns what came back, in pieces, and after how many milliseconds. */
const roundTrip = async (text: string): Promise<{ readonly pieces: string[]; readonly tookMs: number }> => {
  const socket = await open();
  const pieces: string[] = [];
  const startedAt = performance.now();
  socket.write(text);
  for await (const piece of socket) {
    pieces.push(String(piece));
    if (pieces.join('').length === text.length) break;
  }
  return { pieces, tookMs: performance.now() - startedAt };
};

describe('the proxy', () => {
  it('passes everything on without a fault', async () => {
    expect((await roundTrip('hello')).pieces.join('')).toBe('hello');
  });

  it('delays by the latency, in each direction, and keeps the order', async () => {
    proxy.add({ type: 'latency', latencyMs: 40, jitterMs: 5 });
    const { pieces, tookMs } = await roundTrip('hello');
    expect(pieces.join('')).toBe('hello');
    expect(tookMs).toBeGreaterThan(65);
  });

  it('limits the bandwidth', async () => {
    proxy.add({ type: 'bandwidth', bytesPerSecond: 10_000 });
    expect((await roundTrip('x'.repeat(500))).tookMs).toBeGreaterThan(90);
  });

  it('slices packets', async () => {
    proxy.add({ type: 'slicer', bytes: 2, delayMs: 5 });
    const { pieces } = await roundTrip('hello');
    expect(pieces.join('')).toBe('hello');
    expect(pieces.length).toBeGreaterThan(1);
  });

  it('delays the close of a connection', async () => {
    proxy.add({ type: 'slow_close', delayMs: 60 });
    const connected = once(echo, 'connection') as Promise<[Socket]>;
    const socket = await open();
    const [inner] = await connected;
    const startedAt = performance.now();
    socket.destroy();
    await closeOf(inner);
    expect(performance.now() - startedAt).toBeGreaterThan(55);
  });

  it('resets every connection, and the one over which a text comes', async () => {
    const socket = await open();
    const closed = closeOf(socket);
    await roundTrip('hello');
    proxy.resetPeers();
    await closed;
    const next = await open();
    const reset = closeOf(next);
    const sprung = proxy.resetAt('COMMIT', 'after');
    next.write('COMMIT');
    await sprung;
    await reset;
  });

  it('refuses connections while it is down, and drops packets in a black hole', async () => {
    await proxy.down();
    const refused = connect(proxy.port, '127.0.0.1');
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    await proxy.up();
    const socket = await open();
    let isAnswered = false;
    socket.on('data', () => (isAnswered = true));
    proxy.blackHole();
    socket.write('hello');
    proxy.restore();
    await roundTrip('hello');
    expect(isAnswered).toBe(false);
  });
});
