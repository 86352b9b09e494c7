import type { Config } from '../../config/config.js';
import { GatehouseError, OperatorError } from '../../errors.js';
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
import type { SecretBox } from '../../security/secret-box.js';
import { uuidv7 } from '../../values/uuid.js';
import type { SigningKeyRecord } from '../../store/tables/signing-keys.js';
import type { Rows, Store } from '../../store/store.js';

/** The keys of this deployment, opened. */
export interface SigningKeys {
  readonly accessTokens: KeyRing;
  /** The first issues; all are read. */
  readonly refreshTokens: readonly [RefreshTokenKey, ...RefreshTokenKey[]];
}

/** Holds the keys and reads them again when another instance may have made new ones. */
export interface SigningKeyStore {
  current(): SigningKeys;
  /** Reads the keys again, unless that was done within the last five seconds. Answers whether they are new. */
  reload(): Promise<boolean>;
}

/** The stored keys cannot be used. The message is for the operator. */
export class UnusableKeys extends OperatorError {
  override readonly name = 'UnusableKeys';
}

type AsymmetricAlgorithm = Exclude<SigningAlgorithm, 'HS256'>;
type NewSigningKey = Omit<SigningKeyRecord, 'createdAt'>;
type SigningKeyPurpose = SigningKeyRecord['purpose'];

/** What a signing key is sealed for: a row that was moved to another id or purpose does not open. */
export const signingKeyContext = (key: Pick<SigningKeyRecord, 'id' | 'purpose'>): readonly string[] => [
  'signing-key',
  key.purpose,
  key.id,
];

const RELOAD_INTERVAL_MS = 5000;

/**
 * Reads the keys, and makes those that are missing. Instances that start together on an empty database make one pair
 * between them: each brings a candidate, and the first to have its turn stores it.
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
  await makeMissing(store, 'REFRESH_TOKEN', 'HS256', () => newRefreshTokenKey(box, clock()));
  if (algorithm !== 'HS256') {
    await makeMissing(store, 'ACCESS_TOKEN', algorithm, () => newAccessTokenKey(box, algorithm));
  }
  let keys = await read(store, box, config);
  let readAt = clock().getTime();
  let reading: Promise<boolean> | undefined;

  const reread = async (): Promise<boolean> => {
    try {
      keys = await read(store, box, config);
      return true;
    } catch (cause) {
      throw cause instanceof UnusableKeys ? new GatehouseError('SERVICE_UNAVAILABLE', { cause }) : cause;
    } finally {
      reading = undefined;
    }
  };

  return {
    current: () => keys,
    reload() {
      // An unknown kid costs nothing to send; without a bound it would cost us a read each.
      if (reading || clock().getTime() - readAt < RELOAD_INTERVAL_MS) return reading ?? Promise.resolve(false);
      readAt = clock().getTime();
      reading = reread();
      return reading;
    },
  };
};

const makeMissing = async (
  store: Store,
  purpose: SigningKeyPurpose,
  algorithm: SigningAlgorithm,
  make: () => NewSigningKey | Promise<NewSigningKey>,
): Promise<void> => {
  const isThere = async (rows: Rows) =>
    (await rows.signingKeys.list(purpose)).some((key) => key.algorithm === algorithm);
  if (await isThere(store)) return;
  const candidate = await make();
  await store.transaction(async (tx) => {
    await tx.signingKeys.takeTurn();
    if (!(await isThere(tx))) await tx.signingKeys.add(candidate);
  });
};

const newAccessTokenKey = async (box: SecretBox, algorithm: AsymmetricAlgorithm): Promise<NewSigningKey> => {
  const key = await generateSigningKey(algorithm);
  const identity = { id: key.kid, purpose: 'ACCESS_TOKEN' as const };
  return { ...identity, algorithm, sealed: box.seal(exportPrivateKey(key), signingKeyContext(identity)) };
};

const newRefreshTokenKey = (box: SecretBox, now: Date): NewSigningKey => {
  const identity = { id: uuidv7(now), purpose: 'REFRESH_TOKEN' as const };
  return {
    ...identity,
    algorithm: 'HS256',
    sealed: box.seal(generateRefreshTokenSecret(), signingKeyContext(identity)),
  };
};

const read = async (store: Store, box: SecretBox, config: Config): Promise<SigningKeys> => {
  const refreshTokens = await store.signingKeys.list('REFRESH_TOKEN');
  return {
    accessTokens: createKeyRing(atLeastOne(await accessTokenKeys(store, box, config))),
    refreshTokens: atLeastOne(refreshTokens.map((row) => refreshTokenKey(row.id, open(box, row)))),
  };
};

const accessTokenKeys = async (store: Store, box: SecretBox, config: Config): Promise<SigningKey[]> => {
  if (config.signingAlgorithm === 'HS256')
    return config.jwtSecrets.map(({ kid, secret }) => hmacSigningKey(kid, secret));
  const rows = await store.signingKeys.list('ACCESS_TOKEN');
  const keys = rows.map((row) => {
    const key = importPrivateKey(open(box, row), row.algorithm as AsymmetricAlgorithm);
    if (key.kid !== row.id)
      throw new UnusableKeys(`The signing key ${row.id} is not the key that its name is the thumbprint of.`);
    return key;
  });
  // Keys of the algorithm that is configured sign; those of the other one go on verifying.
  return keys.sort(
    (a, b) => Number(b.algorithm === config.signingAlgorithm) - Number(a.algorithm === config.signingAlgorithm),
  );
};

const open = (box: SecretBox, row: SigningKeyRecord): Buffer => {
  try {
    return box.open(row.sealed, signingKeyContext(row));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnusableKeys(
      `The signing key ${row.id} cannot be opened. ${reason} Start with the ENCRYPTION_KEYS that it was sealed under.`,
      { cause },
    );
  }
};

const atLeastOne = <T>([first, ...rest]: readonly T[]): [T, ...T[]] => {
  if (first === undefined)
    throw new GatehouseError('SERVICE_UNAVAILABLE', { cause: new Error('there is no signing key') });
  return [first, ...rest];
};
