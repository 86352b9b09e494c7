import { AsyncResource } from 'node:async_hooks';
import pg from 'pg';

import { CLOSE_MS, CONNECT_MS, KEEP_ALIVE_MS, type StatementLimit } from './deadlines.js';
import { StoreUnusable } from '../errors.js';

export interface PoolOptions {
  readonly url: string;
  readonly max: number;
  readonly limit: StatementLimit;
}

/** How long a statement waits for a connection, including a connection attempt. */
const CHECKOUT_MS = 5_000;
/** PostgreSQL cancels a statement this much before our own deadline, so that the connection can be kept. */
const SERVER_LEAD_MS = 500;
/** The statements of a command have no limit, but a command whose process is stopped must not keep its locks. */
const IDLE_IN_TRANSACTION_MS = 60_000;

/**
 * The driver adapters write timestamps without an offset and ignore the offset when reading, so in any time zone except UTC
 * every expiry would be wrong by hours. TimeZone is one of the few settings that poolers preserve for each client. The pid
 * reveals a pooler, because its clients are given a process id that differs from PostgreSQL's.
 */
const setUpQuery = `SELECT set_config('TimeZone', 'UTC', false), pg_backend_pid() AS pid`;

/** @throws StoreUnusable when the URL, the value of the named configuration variable, is not one of PostgreSQL */
export const checkPostgresUrl = (variable: string, url: string): void => {
  if (!/^postgres(ql)?:\/\//.test(url)) throw new StoreUnusable(`${variable} must begin with postgresql://.`);
};

/**
 * A pool whose connections have deadlines on the client side. The server enforces `statement_timeout`, which therefore helps
 * neither when the server is stopped nor when the network drops packets. A connection that does not respond in time is
 * destroyed: its statement may still be executed, and its late response must not be taken for that of the next statement.
 */
export class Pool extends pg.Pool {
  /** The open connections, and whether each is idle. One that is being opened is not. */
  readonly #isIdle: Map<pg.Client, boolean>;
  /** Whether there is a pooler between this process and the database; known after the first query. */
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
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      verify: (client, done) => {
        this.#setUp(client).then(() => done(), done);
      },
    });
    this.#isIdle = isIdle;
    // The next statement replaces an idle connection that was lost. Without a listener, the event would end the process.
    this.on('error', () => undefined);
    this.on('acquire', (client) => isIdle.set(client, false));
    this.on('release', (_error, client) => isIdle.set(client, true));
    this.on('remove', (client) => isIdle.delete(client));
  }

  async #setUp(client: DeadlineClient): Promise<void> {
    const { rows } = await client.query<{ pid: number }>(setUpQuery);
    client.ownsSession = rows[0]?.pid === client.processID;
    this.isPooled = !client.ownsSession;
  }

  /** Destroys the idle connections. When one connection does not respond, the others are probably lost as well. */
  destroyIdle(): void {
    destroyIdle(this.#isIdle);
  }

  /** Ends the pool without waiting: statements in progress fail. */
  abandon(): void {
    if (!this.ending) void this.end();
    for (const client of this.#isIdle.keys()) client.connection.stream.destroy();
  }

  /**
   * Binds the callback to the caller's async context. pg would call it in the context of the request that released the
   * connection, which may have another limit.
   */
  override connect(...args: unknown[]): never {
    const bound = args.map((arg) => (typeof arg === 'function' ? AsyncResource.bind(arg as () => void) : arg));
    return super.connect(...(bound as [])) as never;
  }
}

const destroyIdle = (clients: ReadonlyMap<pg.Client, boolean>): void => {
  for (const [client, isIdle] of clients) if (isIdle) client.connection.stream.destroy();
};

interface DeadlineClient extends pg.ClientBase {
  /** The process id from the connection startup; pg's type declarations omit it. */
  readonly processID?: number | null;
  /** Whether the session is not shared through a pooler, so that the limit can also be set on the server. */
  ownsSession?: boolean;
}

const clientWith = (limit: StatementLimit, clients: Map<pg.Client, boolean>) =>
  class extends pg.Client {
    ownsSession = false;
    #serverLimit: number | undefined;

    constructor(config?: pg.ClientConfig) {
      super({ ...config, connectionTimeoutMillis: CONNECT_MS });
      // The pool does not listen while a connection is checked out. Without a listener, the event would end the process.
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

    /** Destroys the connection after a second: pg waits for the other side to close it, which may never happen. */
    override end(...args: unknown[]): never {
      setTimeout(() => this.connection.stream.destroy(), CLOSE_MS).unref();
      return super.end(...(args as [])) as never;
    }

    /** Sends the limit ahead of the statement, without waiting for a response. */
    #setServerLimit(ms: number): void {
      this.#serverLimit = ms;
      const statementMs = Math.max(ms - SERVER_LEAD_MS, 0);
      const idleMs = ms || IDLE_IN_TRANSACTION_MS;
      super
        .query(`SET statement_timeout = ${statementMs}; SET idle_in_transaction_session_timeout = ${idleMs}`)
        .catch(() => undefined);
    }

    #giveUp(ms: number): void {
      this.connection.stream.destroy(new Error(`Connection terminated: no response within ${ms / 1000} seconds`));
      destroyIdle(clients);
    }
  };
