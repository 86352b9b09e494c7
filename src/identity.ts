import type { Logger } from 'pino';

import { createAuth, type Auth } from './auth/auth.js';
import type { Config } from './config.js';
import { createLog } from './log.js';
import { startCourier } from './mail/courier.js';
import { createMailTransport } from './mail/transport.js';
import { createGate } from './security/gate.js';
import { createPasswordHasher } from './security/password.js';
import { createSecretBox } from './security/secret-box.js';
import { openStore, type Store } from './store/store.js';

/** Identity without the wire: what the commands use. */
export interface Identity {
  readonly auth: Auth;
  readonly store: Store;
  /** Lets go of mail and database, after what is under way. */
  close(): Promise<void>;
}

/** What a test replaces: time, the log, a database that is open already. */
export interface IdentityOptions {
  readonly clock?: () => Date;
  readonly log?: Logger;
  readonly store?: Store;
  /** False for a command: the server delivers what it leaves in the outbox. */
  readonly deliverMail?: boolean;
  /** Told of each link that was mailed; for the terminal of a developer. */
  readonly onLink?: (link: string) => void;
}

/**
 * Constructs the flows over an open database, brought up to date.
 *
 * @throws StoreUnusable, StoreUnavailable, or Error when the stored keys do not open under ENCRYPTION_KEYS
 */
export const openIdentity = async (config: Config, options: IdentityOptions = {}): Promise<Identity> => {
  const log = options.log ?? createLog(config);
  const store = options.store ?? (await openDatabase(config, log));
  const secretBox = createSecretBox(config.encryptionKeys);
  const hasher = createPasswordHasher({
    memoryKib: config.argon2MemoryKib,
    passes: config.argon2Passes,
    lanes: config.argon2Lanes,
    gate: createGate({ concurrency: config.hashConcurrency, queue: config.hashQueue }),
    guard: () => {
      store.assertOutsideTransaction();
    },
  });
  const courier = startCourier({
    isIdle: options.deliverMail === false,
    store,
    secretBox,
    transport: createMailTransport({ ...config, domain: new URL(config.publicUrl).hostname }),
    appUrl: config.appUrl ?? config.publicUrl,
    onLink: options.onLink,
    onError: (err, entry) => {
      log.error({ err, id: entry?.id, attempts: entry?.attempts }, 'mail was not delivered');
    },
  });
  const release = async () => {
    await courier.close();
    await store.close();
  };
  try {
    const clock = options.clock ?? (() => new Date());
    const auth = await createAuth({ store, config, clock, hasher, secretBox, courier });
    const close = async () => {
      auth.close();
      await release();
    };
    return { auth, store, close };
  } catch (error) {
    await release();
    throw error;
  }
};

const openDatabase = (config: Config, log: Logger): Promise<Store> =>
  openStore({
    ...config,
    directUrl: config.databaseDirectUrl,
    log: (message, fields) => {
      log.info(fields ?? {}, message);
    },
  });
