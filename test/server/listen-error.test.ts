import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Fastify from 'fastify';

import { explainListenError } from '../../src/server/listen-error.js';
import { endPrograms, start } from '../support/program.js';

const TIMEOUT_MS = 300_000;

let blocker: Server;
let port: number;
let dataDir: string;

beforeAll(async () => {
  blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  ({ port } = blocker.address() as AddressInfo);
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-listen-'));
});

afterAll(endPrograms);

afterAll(async () => {
  blocker.close();
  await rm(dataDir, { recursive: true, force: true });
});

describe('a server that cannot listen', () => {
  const errorOf = async (options: { host: string; port: number }): Promise<unknown> => {
    const server = Fastify();
    const error = await server
      .listen(options)
      .catch(explainListenError('HOST', 'PORT'))
      .catch((reason: unknown) => reason);
    await server.close();
    return error;
  };

  it('names PORT when another process uses the port', async () => {
    await expect(errorOf({ host: '127.0.0.1', port })).resolves.toMatchObject({
      name: 'CannotListen',
      message: `PORT: another process uses port ${port}. Stop that process, or choose another port.`,
    });
  });

  it('names HOST when this machine does not have the address', async () => {
    await expect(errorOf({ host: '192.0.2.1', port: 0 })).resolves.toMatchObject({
      message: 'HOST: is not an address of this machine. Use one of its addresses, or 0.0.0.0 for all.',
    });
  });

  it('names HOST when the name does not resolve', async () => {
    await expect(errorOf({ host: 'nowhere.invalid', port: 0 })).resolves.toMatchObject({
      message: 'HOST: the name cannot be resolved. Correct it, or use an IP address.',
    });
  });

  it('names METRICS_HOST when this machine does not have the address of the metrics', async () => {
    const env = {
      NODE_ENV: 'test',
      DATA_DIR: join(dataDir, 'host'),
      PORT: '0',
      METRICS_PORT: '0',
      METRICS_HOST: '192.0.2.1',
    };
    const { code, stderr } = await start('main.ts', env).ended;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'METRICS_HOST: is not an address of this machine. Use one of its addresses, or 0.0.0.0 for all.\n',
    });
  });

  it.each(['PORT', 'METRICS_PORT'])(
    'ends with one sentence that names %s, without a stack, and not with exit code 0',
    async (name) => {
      const env = { NODE_ENV: 'test', DATA_DIR: join(dataDir, name), PORT: '0', [name]: String(port) };
      const { code, stderr } = await start('main.ts', env).ended;
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `${name}: another process uses port ${port}. Stop that process, or choose another port.\n`,
      });
    },
    TIMEOUT_MS,
  );
});
