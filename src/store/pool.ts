import { AsyncResource } from 'node:async_hooks';
import pg from 'pg';

import type { Limit } from './deadlines.js';
import { StoreUnusable } from './errors.js';

/** Where a pool connects to, and how long it waits. */
export interface PoolOptions {
  readonly url: string;
  /** The variable that holds the URL, for messages. */
  readonly variable: string;
  readonly max: number;
  /** SQL that each new connection runs first. */
  readonly setUp: string;
  readonly limit: Limit;
  /** Whether each connection is a session of its own, so that PostgreSQL can be told the limit too. */
  readonly ownsSessions: boolean;
}

const CONNECT_MS = 3_000;
/** The wait for a free connection, the connection attempt included. */
const CHECKOUT_MS = 5_000;
/** PostgreSQL ends a statement so much earlier than we do, which keeps the connection. */
const SERVER_LEAD_MS = 500;
const GOODBYE_MS = 1_000;
const KEEP_ALIVE_AFTER_MS = 10_000;

/**
 * A pool whose connections have deadlines on our side. PostgreSQL enforces `statement_timeout` itself, so it protects
 * neither from a server that is stopped nor from a network that drops packets. A connection that does not answer in time is
 * destroyed: what it was asked may still happen, so it must never answer the next question.
 *
 * @throws StoreUnusable when the URL is not one of PostgreSQL
 */
export class Pool extends pg.Pool {
  /** Whether each connection is idle; those that are being opened are not. */
  readonly #isIdle: Map<pg.Client, boolean>;

  constructor({ url, variable, max, setUp, limit, ownsSessions }: PoolOptions) {
    const isIdle = new Map<pg.Client, boolean>();
    if (!/^postgres(ql)?:\/\//.test(url)) throw new StoreUnusable(`${variable} must begin with postgresql://.`);
    super({
      connectionString: url,
      max,
      Client: clientWith(limit, ownsSessions, isIdle),
      connectionTimeoutMillis: CHECKOUT_MS,
      idleTimeoutMillis: max === 1 ? 0 : 30_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      verify: (client, done) => {
        client.query(setUp).then(() => done(), done);
      },
    });
    this.#isIdle = isIdle;
    // A connection that breaks while it is idle is replaced by the next statement; without a listener it would end the process.
    this.on('error', () => undefined);
    this.on('acquire', (client) => isIdle.set(client, false));
    this.on('release', (_error, client) => isIdle.set(client, true));
    this.on('remove', (client) => isIdle.delete(client));
  }

  /** Destroys the connections that nobody uses: when one is silent, the others may be dead too. */
  destroyIdle(): void {
    destroyIdle(this.#isIdle);
  }

  /** Ends the pool without waiting for anything: what is in progress fails. */
  abandon(): void {
    if (!this.ending) void this.end();
    for (const client of this.#isIdle.keys()) client.connection.stream.destroy();
  }

  /** pg calls back in the async context of the request that released the connection, which may have another limit. */
  override connect(...args: unknown[]): never {
    const bound = args.map((arg) => (typeof arg === 'function' ? AsyncResource.bind(arg as () => void) : arg));
    return super.connect(...(bound as [])) as never;
  }
}

const destroyIdle = (clients: ReadonlyMap<pg.Client, boolean>): void => {
  for (const [client, isIdle] of clients) if (isIdle) client.connection.stream.destroy();
};

const clientWith = (limit: Limit, ownsSession: boolean, clients: Map<pg.Client, boolean>) =>
  class extends pg.Client {
    #serverLimit: number | undefined;

    constructor(config?: pg.ClientConfig) {
      super({ ...config, connectionTimeoutMillis: CONNECT_MS });
      // While a connection is checked out the pool does not listen: an unheard error would end the process.
      this.on('error', () => undefined);
      clients.set(this, false);
      this.on('end', () => clients.delete(this));
    }

    override query(...args: unknown[]): never {
      const ms = limit();
      if (ownsSession && this.#serverLimit !== ms) this.#setServerLimit(ms, args);
      const timer = ms === 0 ? undefined : setTimeout(() => this.#giveUp(ms), ms);
      const stop = () => clearTimeout(timer);
      const callback = args.at(-1);
      if (typeof callback === 'function') {
        args[args.length - 1] = (...results: unknown[]) => {
          stop();
          Reflect.apply(callback, undefined, results);
        };
      }
      const answer: unknown = super.query(...(args as [string]));
      if (answer instanceof Promise) answer.then(stop, stop);
      return answer as never;
    }

    /** pg says goodbye and waits for the other side to close, which may never happen. */
    override end(...args: unknown[]): never {
      setTimeout(() => this.connection.stream.destroy(), GOODBYE_MS).unref();
      return super.end(...(args as [])) as never;
    }

    /** Before the statement, or with it where it is the set-up of a new connection, which pg does not call idle yet. */
    #setServerLimit(ms: number, args: unknown[]): void {
      this.#serverLimit = ms;
      const settings = `SET statement_timeout = ${Math.max(ms - SERVER_LEAD_MS, 0)}; SET idle_in_transaction_session_timeout = ${ms}`;
      if (args.length === 1 && typeof args[0] === 'string') args[0] = `${settings}; ${args[0]}`;
      else super.query(settings).catch(() => undefined);
    }

    #giveUp(ms: number): void {
      this.connection.stream.destroy(new Error(`Connection terminated: no answer within ${ms / 1000} seconds`));
      destroyIdle(clients);
    }
  };
