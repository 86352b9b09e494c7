import { AsyncResource } from 'node:async_hooks';
import pg from 'pg';

import type { Limit } from './deadlines.js';
import { StoreUnusable } from '../errors.js';

/** Where a pool connects to, and how long it waits. */
export interface PoolOptions {
  readonly url: string;
  readonly max: number;
  readonly limit: Limit;
}

const CONNECT_MS = 3_000;
/** The wait for a free connection, the connection attempt included. */
const CHECKOUT_MS = 5_000;
/** PostgreSQL cancels a statement this much earlier than we do, which keeps the connection. */
const SERVER_LEAD_MS = 500;
const GOODBYE_MS = 1_000;
/** A command may take any time, but must not hold its locks while its process stands still. */
const IDLE_MS = 60_000;
const KEEP_ALIVE_AFTER_MS = 10_000;

/**
 * The driver adapters write timestamps without an offset and read them without looking at it: in any other time zone than
 * UTC every expiry would be wrong by hours. Poolers keep this setting for each of their clients, and no other one. They
 * report a process id of their own.
 */
const setUp = `SELECT set_config('TimeZone', 'UTC', false), pg_backend_pid() AS pid`;

/** @throws StoreUnusable when a URL is not one of PostgreSQL. `variable` is the one that holds it */
export const checkPostgresUrl = (variable: string, url: string): void => {
  if (!/^postgres(ql)?:\/\//.test(url)) throw new StoreUnusable(`${variable} must begin with postgresql://.`);
};

/**
 * A pool whose connections have deadlines on our side. PostgreSQL enforces `statement_timeout` itself, so it protects
 * neither from a server that is stopped nor from a network that drops packets. A connection that does not answer in time is
 * destroyed: what it was asked may still happen, so it must never answer the next question.
 */
export class Pool extends pg.Pool {
  /** Whether each connection is idle; those that are being opened are not. */
  readonly #isIdle: Map<pg.Client, boolean>;
  /** Whether a pooler was found between this process and the database; known after the first query. */
  isPooled = false;

  constructor({ url, max, limit }: PoolOptions) {
    const isIdle = new Map<pg.Client, boolean>();
    super({
      connectionString: url,
      max,
      Client: clientWith(limit, isIdle),
      connectionTimeoutMillis: CHECKOUT_MS,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      verify: (client, done) => {
        this.#setUp(client).then(() => done(), done);
      },
    });
    this.#isIdle = isIdle;
    // A connection that breaks while it is idle is replaced by the next statement; without a listener it would end the process.
    this.on('error', () => undefined);
    this.on('acquire', (client) => isIdle.set(client, false));
    this.on('release', (_error, client) => isIdle.set(client, true));
    this.on('remove', (client) => isIdle.delete(client));
  }

  async #setUp(client: DeadlineClient): Promise<void> {
    const { rows } = await client.query<{ pid: number }>(setUp);
    client.ownsSession = rows[0]?.pid === client.processID;
    this.isPooled = !client.ownsSession;
  }

  /** Destroys the idle connections: when one does not respond, the others may be dead too. */
  destroyIdle(): void {
    destroyIdle(this.#isIdle);
  }

  /** Ends the pool without waiting: statements in progress fail. */
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

/** A connection of the pool. */
interface DeadlineClient extends pg.ClientBase {
  /** The process id that the server gave when it was connected to; pg's type declarations leave it out. */
  readonly processID?: number | null;
  /** Whether no pooler shares the session, so that PostgreSQL can be told the limit too. */
  ownsSession?: boolean;
}

const clientWith = (limit: Limit, clients: Map<pg.Client, boolean>) =>
  class extends pg.Client {
    ownsSession = false;
    #serverLimit: number | undefined;

    constructor(config?: pg.ClientConfig) {
      super({ ...config, connectionTimeoutMillis: CONNECT_MS });
      // The pool has no listener while a connection is checked out, and an error without one would end the process.
      this.on('error', () => undefined);
      clients.set(this, false);
      this.on('end', () => clients.delete(this));
    }

    override query(...args: unknown[]): never {
      const ms = limit();
      if (this.ownsSession && this.#serverLimit !== ms) this.#setServerLimit(ms);
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

    /** pg waits for the other side to close the connection, which may never happen. */
    override end(...args: unknown[]): never {
      setTimeout(() => this.connection.stream.destroy(), GOODBYE_MS).unref();
      return super.end(...(args as [])) as never;
    }

    /** Sent before the statement, without waiting for its result. */
    #setServerLimit(ms: number): void {
      this.#serverLimit = ms;
      const settings = `SET statement_timeout = ${Math.max(ms - SERVER_LEAD_MS, 0)}; SET idle_in_transaction_session_timeout = ${ms || IDLE_MS}`;
      super.query(settings).catch(() => undefined);
    }

    #giveUp(ms: number): void {
      this.connection.stream.destroy(new Error(`Connection terminated: no answer within ${ms / 1000} seconds`));
      destroyIdle(clients);
    }
  };
