import type { Config } from '../../config/config.js';
import { GatehouseError, OperatorError } from '../../errors.js';
import type { SecretBox } from '../../security/secret-box.js';
import {
  createKeyRing,
  exportPrivateKey,
  generateSigningKey,
  importPrivateKey,
  hmacSigningKey,
  type KeyRing,
  type SigningAlgorithm,
  type SigningKey,
} from '../../security/tokens/key-ring.js';
import {
  generateRefreshTokenSecret,
  refreshTokenKey,
  type RefreshTokenKey,
} from '../../security/tokens/refresh-token.js';
import type { Rows, Store } from '../../store/store.js';
import type { SigningKeyRecord } from '../../store/tables/signing-keys.js';
import { uuidv7 } from '../../values/uuid.js';

/** The keys of this deployment, ready for use. */
export interface SigningKeys {
  readonly accessTokens: KeyRing;
  /** The first key signs new tokens; all keys verify tokens. */
  readonly refreshTokens: readonly [RefreshTokenKey, ...RefreshTokenKey[]];
}

/** The keys in memory. They are read again when another instance may have created new ones. */
export interface SigningKeyStore {
  current(): SigningKeys;
  /** Reads the keys again, unless they were read within the last five seconds. Returns whether they were read. */
  reload(): Promise<boolean>;
}

/** The stored keys cannot be used. The message is for the operator. */
export class UnusableKeys extends OperatorError {
  override readonly name = 'UnusableKeys';
}

type AsymmetricAlgorithm = Exclude<SigningAlgorithm, 'HS256'>;
type NewSigningKey = Omit<SigningKeyRecord, 'createdAt'>;
type SigningKeyPurpose = SigningKeyRecord['purpose'];

/** The context under which a signing key is sealed. A row that was moved to another id or purpose does not open. */
export const signingKeyContext = (key: Pick<SigningKeyRecord, 'id' | 'purpose'>): readonly string[] => [
  'signing-key',
  key.purpose,
  key.id,
];

const RELOAD_INTERVAL_MS = 5000;

/**
 * Reads the keys, and creates those that are missing. Instances that start at the same time on an empty database create
 * only one key for each purpose: each instance generates a candidate, and the first to get the lock stores its own.
 *
 * @throws UnusableKeys when a stored key does not open under ENCRYPTION_KEYS
 */
export const openSigningKeys = async (
  store: Store,
  box: SecretBox,
  config: Config,
  clock: () => Date,
): Promise<SigningKeyStore> => {
  const algorithm = config.signingAlgorithm;
  await createMissingKey(store, 'REFRESH_TOKEN', 'HS256', () => generateRefreshTokenKey(box, clock()));
  if (algorithm !== 'HS256') {
    await createMissingKey(store, 'ACCESS_TOKEN', algorithm, () => generateAccessTokenKey(box, algorithm));
  }
  let keys = await readSigningKeys(store, box, config);
  let readAt = clock().getTime();
  let pendingRead: Promise<boolean> | undefined;

  const rereadKeys = async (): Promise<boolean> => {
    try {
      keys = await readSigningKeys(store, box, config);
      return true;
    } catch (cause) {
      throw cause instanceof UnusableKeys ? new GatehouseError('SERVICE_UNAVAILABLE', { cause }) : cause;
    } finally {
      pendingRead = undefined;
    }
  };

  return {
    current: () => keys,
    reload() {
      // A token with an unknown kid costs its sender nothing. Without a limit, each one would cost a database read.
      if (pendingRead || clock().getTime() - readAt < RELOAD_INTERVAL_MS) return pendingRead ?? Promise.resolve(false);
      readAt = clock().getTime();
      pendingRead = rereadKeys();
      return pendingRead;
    },
  };
};

const createMissingKey = async (
  store: Store,
  purpose: SigningKeyPurpose,
  algorithm: SigningAlgorithm,
  generate: () => NewSigningKey | Promise<NewSigningKey>,
): Promise<void> => {
  const exists = async (rows: Rows) =>
    (await rows.signingKeys.list(purpose)).some((key) => key.algorithm === algorithm);
  if (await exists(store)) return;
  const candidate = await generate();
  await store.transaction(async (tx) => {
    await tx.signingKeys.lockCreation();
    if (!(await exists(tx))) await tx.signingKeys.add(candidate);
  });
};

const generateAccessTokenKey = async (box: SecretBox, algorithm: AsymmetricAlgorithm): Promise<NewSigningKey> => {
  const key = await generateSigningKey(algorithm);
  const identity = { id: key.kid, purpose: 'ACCESS_TOKEN' as const };
  return { ...identity, algorithm, sealed: box.seal(exportPrivateKey(key), signingKeyContext(identity)) };
};

const generateRefreshTokenKey = (box: SecretBox, now: Date): NewSigningKey => {
  const identity = { id: uuidv7(now), purpose: 'REFRESH_TOKEN' as const };
  return {
    ...identity,
    algorithm: 'HS256',
    sealed: box.seal(generateRefreshTokenSecret(), signingKeyContext(identity)),
  };
};

const readSigningKeys = async (store: Store, box: SecretBox, config: Config): Promise<SigningKeys> => {
  const refreshTokens = await store.signingKeys.list('REFRESH_TOKEN');
  return {
    accessTokens: createKeyRing(requireNonEmpty(await accessTokenKeys(store, box, config))),
    refreshTokens: requireNonEmpty(refreshTokens.map((row) => refreshTokenKey(row.id, unsealKey(box, row)))),
  };
};

const accessTokenKeys = async (store: Store, box: SecretBox, config: Config): Promise<SigningKey[]> => {
  if (config.signingAlgorithm === 'HS256')
    return config.jwtSecrets.map(({ kid, secret }) => hmacSigningKey(kid, secret));
  const rows = await store.signingKeys.list('ACCESS_TOKEN');
  const keys = rows.map((row) => {
    const key = importPrivateKey(unsealKey(box, row), row.algorithm as AsymmetricAlgorithm);
    if (key.kid !== row.id)
      throw new UnusableKeys(
        `The signing key ${row.id} does not match its id, which is the thumbprint of the key. Its row was altered: restore it from a backup.`,
      );
    return key;
  });
  // The first key signs, so keys of the configured algorithm come first. Keys of the other algorithm still verify.
  return keys.sort(
    (a, b) => Number(b.algorithm === config.signingAlgorithm) - Number(a.algorithm === config.signingAlgorithm),
  );
};

const unsealKey = (box: SecretBox, row: SigningKeyRecord): Buffer => {
  try {
    return box.open(row.sealed, signingKeyContext(row));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnusableKeys(
      `The signing key ${row.id} cannot be opened. ${reason} Start with the ENCRYPTION_KEYS under which it was sealed.`,
      { cause },
    );
  }
};

const requireNonEmpty = <T>([first, ...rest]: readonly T[]): [T, ...T[]] => {
  if (first === undefined)
    throw new GatehouseError('SERVICE_UNAVAILABLE', { cause: new Error('there is no signing key') });
  return [first, ...rest];
};
