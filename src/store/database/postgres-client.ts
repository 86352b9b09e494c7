import type { Duplex } from 'node:stream';
import pg from 'pg';

import { CONNECT_MS, KEEP_ALIVE_MS } from './deadlines.js';
import type { PostgresSource } from './postgres-source.js';

/** The parts of pg's connection that its type declarations omit. */
interface WireConnection extends pg.Connection {
  connect(port: number | string, host?: string): void;
  attachListeners(stream: Duplex): void;
}

const WireConnection = pg.Connection as unknown as new (config: pg.ClientConfig) => WireConnection;

/**
 * Continues without TLS if the server does not offer it, as `sslmode=prefer` asks for. pg itself would give up. The response
 * must be a single byte: more could only come from an attacker who wants it to be read as a response to a later statement.
 *
 * @see CVE-2021-23222
 */
class OpportunisticConnection extends WireConnection {
  override connect(port: number | string, host?: string): void {
    super.connect(port, host);
    const [upgrade] = this.stream.listeners('data') as ((answer: Buffer) => void)[];
    this.stream.removeAllListeners('data');
    this.stream.once('data', (answer: Buffer) => {
      if (answer.toString('latin1') !== 'N') return upgrade?.(answer);
      this.attachListeners(this.stream);
      this.emit('sslconnect');
    });
  }
}

/**
 * A connection to PostgreSQL. pg would complete the settings from PGOPTIONS, PGPASSWORD and others, of which the check of the
 * configuration knows nothing, so each setting is given here.
 */
export class PostgresClient extends pg.Client {
  constructor(source: PostgresSource, config: Pick<pg.ClientConfig, 'query_timeout'> = {}) {
    const { host, port, user, password = '', database, ssl = false, isTlsDirect, tls } = source;
    const wire = { ssl, keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS };
    const connection = tls === 'prefer' ? { connection: new OpportunisticConnection(wire) } : {};
    super({
      ...wire,
      ...connection,
      host,
      port,
      user,
      database,
      // A function, which pg neither replaces when it returns an empty text nor shows when it is inspected.
      password: () => password,
      sslnegotiation: isTlsDirect ? 'direct' : 'postgres',
      application_name: source.applicationName,
      connectionTimeoutMillis: CONNECT_MS,
      ...config,
    });
    const { connectionParameters } = this as unknown as { connectionParameters: { options?: string | undefined } };
    connectionParameters.options = source.options;
    // A lost connection also fails the current statement. Without a listener, the event would end the process.
    this.on('error', () => undefined);
  }
}

/** Destroys the connection when the server does not respond in time, so that nothing waits forever. */
export const withDeadline = async <T>(client: pg.Client, ms: number, response: Promise<T>): Promise<T> => {
  const timer = setTimeout(() => {
    client.connection.stream.destroy(new Error(`Connection terminated: no response within ${ms / 1000} seconds`));
  }, ms);
  try {
    return await response;
  } finally {
    clearTimeout(timer);
  }
};
