import { AsyncResource } from 'node:async_hooks';
import pg from 'pg';

import { CLOSE_MS, type StatementLimit } from './deadlines.js';
import { createPoolShares, type PoolShares } from './pool-shares.js';
import { PostgresClient, withDeadline } from './postgres-client.js';
import type { PostgresSource } from './postgres-source.js';
import { repeatReads } from './repeated-reads.js';
import { currentKind, type WorkKind } from './work-kind.js';

/** The connections of a pool, and the statements and transactions that wait for one. */
export interface PoolState {
  readonly idle: number;
  readonly inUse: number;
  readonly waiting: number;
}

export interface PoolOptions {
  readonly source: PostgresSource;
  readonly max: number;
  readonly limit: StatementLimit;
  /** Called with the seconds that a statement or transaction has waited for a connection, also when it got none. */
  readonly onWait?: ((seconds: number) => void) | undefined;
}

/** How long a statement waits for a connection, including a connection attempt. */
const CHECKOUT_MS = 5_000;
/** PostgreSQL cancels a statement this much before our own deadline, so that the connection can be kept. */
const SERVER_LEAD_MS = 500;
/** The statements of a command have no limit, but a command whose process is stopped must not keep its locks. */
const IDLE_IN_TRANSACTION_MS = 60_000;

/**
 * The driver adapters write timestamps without an offset and ignore the offset when reading, so in any time zone except UTC
 * every expiry would be wrong by hours. A role or a database may also have another order of dates, and another meaning of `\\` in
 * texts. These settings are among the few that poolers preserve for each client. The pid reveals a pooler, because its clients
 * are given a process id that differs from PostgreSQL's.
 */
const setUpQuery = `
  SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, MDY', false),
         set_config('standard_conforming_strings', 'on', false), pg_backend_pid() AS pid, current_schema() AS schema`;

/**
 * A pool whose connections have deadlines on the client side. The server enforces `statement_timeout`, which therefore helps
 * neither when the server is stopped nor when the network drops packets. A connection that does not respond in time is
 * destroyed: its statement may still be executed, and its late response must not be taken for that of the next statement.
 */
export class Pool extends pg.Pool {
  /** The open connections, and whether each is idle. One that is being opened is not. */
  readonly #isIdle: Map<pg.Client, boolean>;
  readonly #shares: PoolShares;
  /** The kind of work for which each connection was checked out. */
  readonly #kinds = new Map<pg.Client, WorkKind>();
  /** The schema of every statement; known after `readSchema`. */
  #schema: string | undefined;
  readonly #onWait: PoolOptions['onWait'];
  /** Whether there is a pooler between this process and the database; known after the first query. */
  isPooled = false;

  constructor({ source, max, limit, onWait }: PoolOptions) {
    const isIdle = new Map<pg.Client, boolean>();
    super({
      max,
      Client: clientWith(source, limit, isIdle),
      connectionTimeoutMillis: CHECKOUT_MS,
      idleTimeoutMillis: 30_000,
      verify: (client, done) => {
        this.#setUp(client).then(() => done(), done);
      },
    });
    this.#isIdle = isIdle;
    this.#shares = createPoolShares(max);
    this.query = repeatReads(this.query.bind(this)) as pg.Pool['query'];
    this.#onWait = onWait;
    // The next statement replaces an idle connection that was lost. Without a listener, the event would end the process.
    this.on('error', () => undefined);
    this.on('acquire', (client) => isIdle.set(client, false));
    this.on('release', (_error, client) => {
      isIdle.set(client, true);
      const kind = this.#kinds.get(client);
      this.#kinds.delete(client);
      if (kind) this.#shares.free(kind);
    });
    this.on('remove', (client) => isIdle.delete(client));
  }

  async #setUp(client: DeadlineClient): Promise<void> {
    const response = client.query<{ pid: number; schema: string | null }>(setUpQuery);
    const [row] = (await withDeadline(client, CHECKOUT_MS, response)).rows;
    client.ownsSession = row?.pid === client.processID;
    this.isPooled = !client.ownsSession;
    if (this.#schema !== undefined && row?.schema !== this.#schema)
      throw new Error('Connection terminated: the search path now leads to another schema. Restart this instance.');
  }

  /**
   * Returns the first schema of the search path. From then on, connections of another search path are refused: Prisma writes the
   * schema into its statements, and other statements depend on the search path.
   */
  async readSchema(): Promise<string> {
    const { rows } = await this.query<{ schema: string }>('SELECT current_schema() AS schema');
    this.#schema = rows[0]?.schema ?? '';
    return this.#schema;
  }

  state(): PoolState {
    return {
      idle: this.idleCount,
      inUse: this.totalCount - this.idleCount,
      waiting: this.waitingCount + this.#shares.waiting(),
    };
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
    const [callback] = args;
    const startedAt = performance.now();
    const checkedOut = this.#checkOut();
    const end = () => {
      this.#onWait?.((performance.now() - startedAt) / 1000);
    };
    checkedOut.then(end, end);
    if (typeof callback !== 'function') return checkedOut as never;
    const bound = AsyncResource.bind(callback as (...results: unknown[]) => void);
    checkedOut.then(
      (client) => bound(undefined, client, (error?: Error) => client.release(error)),
      (error: unknown) => bound(error, undefined, () => undefined),
    );
    return undefined as never;
  }

  async #checkOut(): Promise<pg.PoolClient> {
    const kind = currentKind();
    if (kind === undefined) return super.connect();
    const startedAt = performance.now();
    await this.#shares.take(kind, CHECKOUT_MS);
    const client = super.connect().then(
      (connected) => {
        this.#kinds.set(connected, kind);
        return connected;
      },
      (error: unknown) => {
        this.#shares.free(kind);
        throw error;
      },
    );
    return before(client, CHECKOUT_MS - (performance.now() - startedAt), (late) => late.release());
  }
}

/** Resolves as the promise does, or rejects after a time; `discard` then gets the late result. */
const before = <T>(promise: Promise<T>, ms: number, discard: (late: T) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new Error('timeout exceeded when trying to connect'));
    }, ms);
    promise
      .finally(() => clearTimeout(timer))
      .then((result) => {
        if (isLate) discard(result);
        else resolve(result);
      }, reject);
  });

const destroyIdle = (clients: ReadonlyMap<pg.Client, boolean>): void => {
  for (const [client, isIdle] of clients) if (isIdle) client.connection.stream.destroy();
};

interface DeadlineClient extends pg.Client {
  /** The process id from the connection startup; pg's type declarations omit it. */
  readonly processID?: number | null;
  /** Whether the session is not shared through a pooler, so that the limit can also be set on the server. */
  ownsSession?: boolean;
}

const clientWith = (source: PostgresSource, limit: StatementLimit, clients: Map<pg.Client, boolean>) =>
  class extends PostgresClient {
    ownsSession = false;
    #serverLimit: number | undefined;

    constructor() {
      super(source);
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
