import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A wire that can be cut without either end being told. */
export interface TcpProxy {
  readonly port: number;
  /** From now on nothing passes, and nothing is closed: packets vanish. */
  blackHole(): void;
  /** Passes on the next packet that contains `text`, and nothing that comes back over its connection. */
  loseAnswerTo(text: string): void;
  /** Lets new connections pass; those from before stay dead. */
  restore(): void;
  close(): void;
}

export const startTcpProxy = async (target: { host: string; port: number }): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  let isOpen = true;
  let cuts = 0;
  let unanswered: string | undefined;
  const server = createServer((inside) => {
    const outside = connect(target.port, target.host);
    const cutsBefore = cuts;
    let isMute = false;
    const passes = () => isOpen && cuts === cutsBefore;
    for (const [from, to] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (from === inside && unanswered !== undefined && chunk.includes(unanswered)) {
          isMute = true;
          unanswered = undefined;
        }
        if (passes() && !(isMute && from === outside)) to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        if (passes()) to.destroy();
      });
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    blackHole: () => {
      isOpen = false;
      cuts += 1;
    },
    loseAnswerTo: (text) => {
      unanswered = text;
    },
    restore: () => {
      isOpen = true;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};
