import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A wire that can be cut without either end being told. */
export interface TcpProxy {
  readonly port: number;
  /** From now on nothing passes, and nothing is closed: packets vanish. */
  blackHole(): void;
  close(): void;
}

export const startTcpProxy = async (target: { host: string; port: number }): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((inside) => {
    const outside = connect(target.port, target.host);
    for (const [from, to] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (isOpen) to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        if (isOpen) to.destroy();
      });
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    blackHole: () => {
      isOpen = false;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};
