import { countSealedRows, describeRows, resealRows } from '../auth/keys/sealed-rows.js';
import type { Config } from '../config/config.js';
import { createSecretBox } from '../security/secret-box.js';
import type { Store } from '../store/store.js';
import { operator } from './users.js';

/** One encryption key: of ENCRYPTION_KEYS, or one that stored rows need. */
export interface EncryptionKey {
  readonly type: 'encryption-key';
  /** Null for rows that hold no sealed text although they should. */
  readonly id: string | null;
  /** The first key of ENCRYPTION_KEYS seals, the others open. A missing one is needed by rows and not configured. */
  readonly use: 'SEALS' | 'OPENS' | 'MISSING' | 'UNREADABLE';
  /** The place in ENCRYPTION_KEYS, from 1; null when it is not configured. */
  readonly position: number | null;
  /** How many rows the key seals, by kind. Kinds without rows are absent. */
  readonly rows: Readonly<Record<string, number>>;
}

/** What `keys reseal` prints, and whether everything is sealed under the first key now. */
export interface ResealReport {
  readonly lines: readonly string[];
  readonly complete: boolean;
}

/** Lists the configured encryption keys in their order, then those that stored rows need beside them. */
export const listEncryptionKeys = async (
  store: Store,
  { encryptionKeys }: Pick<Config, 'encryptionKeys'>,
): Promise<EncryptionKey[]> => {
  const configured: (string | null)[] = encryptionKeys.map(({ id }) => id);
  const counts = await countSealedRows(store);
  const others = counts.map(({ encryptionKey }) => encryptionKey).filter((id) => !configured.includes(id));
  return [...configured, ...new Set(others)].map((id, index) => ({
    type: 'encryption-key',
    id,
    use: index === 0 ? 'SEALS' : index < configured.length ? 'OPENS' : id === null ? 'UNREADABLE' : 'MISSING',
    position: index < configured.length ? index + 1 : null,
    rows: Object.fromEntries(counts.flatMap((it) => (it.encryptionKey === id ? [[it.kind, it.count]] : []))),
  }));
};

/** One line for people: position, id, use, rows. */
export const formatKey = ({ id, use, position, rows }: EncryptionKey): string => {
  const needs = describeRows(rows);
  return `${String(position ?? '-').padStart(2)}  ${(id ?? '-').padEnd(20)}  ${use.padEnd(10)}  ${needs === '' ? 'no rows' : needs}`;
};

/** What the operator should do next, if anything. */
export const adviceFor = (keys: readonly EncryptionKey[]): string[] => {
  const needs = (use: EncryptionKey['use']) => keys.some((key) => key.use === use && Object.keys(key.rows).length > 0);
  return [
    ...(needs('MISSING')
      ? [
          'A key that rows need is MISSING: the server does not start. Add it to ENCRYPTION_KEYS again, after the others.',
        ]
      : []),
    ...(needs('OPENS')
      ? ['Once every instance runs with this order, `keys reseal` moves all rows to the first key.']
      : []),
  ];
};

/** Seals every row under the first key, records that under the operator's name, and reports what was done. */
export const resealAll = async (
  store: Store,
  { encryptionKeys }: Pick<Config, 'encryptionKeys'>,
): Promise<ResealReport> => {
  const box = createSecretBox(encryptionKeys);
  const [first] = box.keyIds;
  const clock = () => new Date();
  const { resealed, unopened, newestEntryAt, late } = await resealRows(store, box, { actor: operator(), clock });
  const counts = describeRows(resealed);
  const lines = unopened.map(({ kind, id, reason }) => `Not resealed: ${kind} ${id}. ${reason}`);
  lines.push(counts === '' ? `Nothing was resealed under key ${first}.` : `Resealed under key ${first}: ${counts}.`);
  if (newestEntryAt) {
    lines.push(
      `The newest outbox entry under another key was added at ${newestEntryAt.toISOString()}. If every instance was already running ` +
        `with key ${first} first at that time, one of them still has another order.`,
    );
  }
  if (late > 0) {
    lines.push(
      `${late} of them ${late === 1 ? 'was' : 'were'} sealed under another key while this command ran: an instance still runs ` +
        `with another key first. Start every instance with key ${first} first, then run this command again.`,
    );
  }
  return { lines, complete: unopened.length === 0 && late === 0 };
};
