import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A fault of the network, in both directions, by toxiproxy's names.
 *
 * @see https://github.com/Shopify/toxiproxy#toxics
 */
export type Toxic =
  | { readonly type: 'latency'; readonly latencyMs: number; readonly jitterMs: number }
  | { readonly type: 'bandwidth'; readonly bytesPerSecond: number }
  | { readonly type: 'slicer'; readonly bytes: number; readonly delayMs: number }
  | { readonly type: 'slow_close'; readonly delayMs: number };

/** A network between two programs whose faults a test decides. */
export interface TcpProxy {
  readonly port: number;
  /** From now on nothing passes, and nothing is closed: packets vanish, and connections are half-open. */
  blackHole(): void;
  /** Passes on the next packet that contains `text`, and nothing that comes back over its connection. */
  loseAnswerTo(text: string): void;
  /**
   * Resets the connection over which the next packet that contains `text` comes: before it is passed on, or when its answer has
   * come. Resolves when it has.
   */
  resetAt(text: string, when: 'before' | 'after'): Promise<void>;
  /** Resets every open connection by RST. */
  resetPeers(): void;
  /** Closes every connection, and refuses new ones until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Delays, throttles or slices what comes from now on. */
  add(toxic: Toxic): void;
  /** Ends the black hole and the toxics: new connections pass. Those from before a black hole stay dead. */
  restore(): void;
  close(): void;
}

/** What happens to the next packet with a text. */
interface Trap {
  readonly text: string;
  readonly effect: 'lose answer' | 'reset before' | 'reset after';
  readonly sprung: () => void;
}

export const startTcpProxy = async (target: { host: string; port: number }): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  let toxics: readonly Toxic[] = [];
  let isOpen = true;
  let cuts = 0;
  let trap: Trap | undefined;

  const server = createServer((inside) => {
    const outside = connect(target.port, target.host);
    const cutsBefore = cuts;
    let isMute = false;
    let resetsOnAnswer: (() => void) | undefined;
    const passes = () => isOpen && cuts === cutsBefore;
    const reset = () => {
      inside.resetAndDestroy();
      outside.resetAndDestroy();
    };
    /** Returns whether the packet is passed on. */
    const springTrap = (chunk: Buffer): boolean => {
      if (!trap || !chunk.includes(trap.text)) return true;
      const { effect, sprung } = trap;
      trap = undefined;
      if (effect === 'lose answer') isMute = true;
      if (effect === 'reset after') {
        resetsOnAnswer = () => {
          reset();
          sprung();
        };
      } else sprung();
      if (effect === 'reset before') reset();
      return effect !== 'reset before';
    };
    for (const [from, to] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(from);
      let sent = Promise.resolve();
      from.on('data', (chunk) => {
        if (from === inside && !springTrap(chunk)) return;
        if (from === outside && resetsOnAnswer) {
          resetsOnAnswer();
          return;
        }
        const arrivedAt = performance.now();
        sent = sent.then(async () => {
          for await (const part of afflict(chunk, arrivedAt, toxics))
            if (passes() && !(isMute && from === outside)) to.write(part);
        });
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        const closing = toxics.find((toxic) => toxic.type === 'slow_close');
        void sent.then(async () => {
          if (closing) await delay(closing.delayMs);
          if (passes()) to.destroy();
        });
      });
    }
  });
  const listen = (port: number) => new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  const setTrap = (text: string, effect: Trap['effect']) =>
    new Promise<void>((sprung) => {
      trap = { text, effect, sprung };
    });

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    blackHole: () => {
      isOpen = false;
      cuts += 1;
    },
    loseAnswerTo: (text) => {
      void setTrap(text, 'lose answer');
    },
    resetAt: (text, when) => setTrap(text, `reset ${when}`),
    resetPeers: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    down: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    add: (toxic) => {
      toxics = [...toxics, toxic];
    },
    up: () => listen(port),
    restore: () => {
      isOpen = true;
      toxics = [];
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

/** Yields the parts of a packet when they are due. */
async function* afflict(chunk: Buffer, arrivedAt: number, toxics: readonly Toxic[]): AsyncGenerator<Buffer> {
  let partBytes = chunk.length;
  let partMs = 0;
  for (const toxic of toxics) {
    if (toxic.type === 'latency') {
      const dueAt = arrivedAt + toxic.latencyMs + (Math.random() * 2 - 1) * toxic.jitterMs;
      await delay(Math.max(0, dueAt - performance.now()));
    }
    if (toxic.type === 'bandwidth') await delay((chunk.length / toxic.bytesPerSecond) * 1000);
    if (toxic.type === 'slicer') [partBytes, partMs] = [toxic.bytes, toxic.delayMs];
  }
  for (let start = 0; start < chunk.length; start += partBytes) {
    if (start > 0) await delay(partMs);
    yield chunk.subarray(start, start + partBytes);
  }
}
