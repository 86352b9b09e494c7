import { payloadContext } from '../../security/sealed-payload.js';
import type { SecretBox } from '../../security/secret-box.js';
import type { Rows, Store } from '../../store/store.js';
import type { SealedEntry } from '../../store/tables/queue-entries.js';
import type { ResealedText } from '../../store/tables/sealed-text.js';
import type { SigningKeyRecord } from '../../store/tables/signing-keys.js';
import { recordEvent, type Actor } from '../audit/security-events.js';
import { signingKeyContext, UnusableKeys } from './signing-keys.js';

export interface SealedRowCount {
  /** `access-token-key`, `refresh-token-key`, or the kind of mail queue entries: `mail`, `mail-request`, `job`. */
  readonly kind: string;
  /** Null when the rows should have sealed text but have none. */
  readonly encryptionKey: string | null;
  readonly count: number;
}

/** A row that could not be resealed. The reason names keys, never content. */
export interface UnopenedRow {
  readonly kind: string;
  readonly id: string;
  readonly reason: string;
}

export interface ResealResult {
  /** The number of rows that were sealed under another key and are now sealed under the first one, by kind. */
  readonly resealed: Readonly<Record<string, number>>;
  readonly unopened: readonly UnopenedRow[];
  /** When the newest of the resealed queue entries was added, by an instance that sealed under another key. */
  readonly newestEntryAt: Date | null;
  /** The number of resealed rows that were added while the command ran: an instance still seals under another key. */
  readonly late: number;
}

interface SealedRow {
  readonly id: string;
  readonly kind: string;
  readonly sealed: string;
  readonly context: readonly string[];
  readonly createdAt: Date;
  /** True for a mail queue entry, false for a signing key. */
  readonly isEntry: boolean;
}

interface Batch {
  readonly rows: readonly SealedRow[];
  readonly replace: (tx: Rows, rows: readonly ResealedText[]) => Promise<string[]>;
}

const signingKeyKinds = { ACCESS_TOKEN: 'access-token-key', REFRESH_TOKEN: 'refresh-token-key' } as const;

const BATCH_SIZE = 500;
/**
 * Rows are read again until none are left, but an instance that still seals under another key must not prolong this
 * forever.
 */
const MAX_SWEEPS = 3;

/**
 * Counts all sealed rows in the database, by kind and encryption key. A new table with sealed text must be added here.
 */
export const countSealedRows = async (store: Store): Promise<SealedRowCount[]> => {
  const keys = await store.signingKeys.countByEncryptionKey();
  const entries = await store.queueEntries.countByEncryptionKey();
  return [
    ...keys.map(({ purpose, ...use }) => ({ kind: signingKeyKinds[purpose], ...use })),
    ...entries.map(({ topic, ...use }) => ({ kind: kindOfTopic(topic), ...use })).reduce(addCount, []),
  ];
};

/** The jobs of an application are one kind: `app:send-reminder` is a `job`. */
const kindOfTopic = (topic: string): string => (topic.startsWith('app:') ? 'job' : topic);

const addCount = (counts: readonly SealedRowCount[], added: SealedRowCount): SealedRowCount[] => {
  const isSame = ({ kind, encryptionKey }: SealedRowCount) =>
    kind === added.kind && encryptionKey === added.encryptionKey;
  const same = counts.find(isSame);
  return [...counts.filter((other) => other !== same), { ...added, count: added.count + (same?.count ?? 0) }];
};

/** Formats counts as text, sorted by kind: `3 mails, 1 refresh token key`. */
export const describeRows = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, count]) => `${count} ${kind.replaceAll('-', ' ')}${count === 1 ? '' : 's'}`)
    .join(', ');

/**
 * Rejects ENCRYPTION_KEYS that lack a key which stored rows need. Otherwise, the loss of a key that was removed too early
 * would not be noticed until an email that it seals is due.
 *
 * @throws UnusableKeys with the number of rows and the steps to take
 */
export const assertEncryptionKeys = async (store: Store, box: SecretBox): Promise<void> => {
  const missing = new Map<string, Record<string, number>>();
  for (const { encryptionKey, kind, count } of await countSealedRows(store)) {
    if (encryptionKey === null || box.keyIds.includes(encryptionKey)) continue;
    missing.set(encryptionKey, { ...missing.get(encryptionKey), [kind]: count });
  }
  if (missing.size === 0) return;
  const needs = [...missing].map(([id, counts]) => `Key ${id} is missing, and it seals ${describeRows(counts)}.`);
  throw new UnusableKeys(
    `ENCRYPTION_KEYS lacks a key that stored rows need. ${needs.join(' ')} Add the key to the end of ENCRYPTION_KEYS, start ` +
      'again, and run `keys reseal`. Remove the key when `keys list` shows no rows that need it.',
  );
};

/**
 * Reseals every row under the first key, in batches, while instances run. A row is replaced only if its sealed text is
 * unchanged, so that a row that is removed or resealed meanwhile is left alone, and nothing but the sealed text
 * changes. Rows that do not open are reported, and the others are resealed. Each batch and its event are written in one
 * transaction, and the next run completes an interrupted one.
 *
 * @throws UnusableKeys when the first key does not open rows that are sealed under its id
 */
export const resealRows = async (
  store: Store,
  box: SecretBox,
  { actor, clock }: { readonly actor: Actor; readonly clock: () => Date },
): Promise<ResealResult> => {
  const resealed: Record<string, number> = {};
  let newestEntryAt: Date | null = null;
  const unopened = new Map<string, UnopenedRow>();
  let late = 0;

  const resealBatch = async ({ rows, replace }: Batch): Promise<number> => {
    const resealedTexts = rows.flatMap((row) => (unopened.has(row.id) ? [] : (resealRow(box, row, unopened) ?? [])));
    if (resealedTexts.length === 0) return 0;
    const replacedRows = await store.transaction(async (tx) => {
      const ids = new Set(await replace(tx, resealedTexts));
      const replaced = rows.filter(({ id }) => ids.has(id));
      const detail = { key: box.keyIds[0], ...countKinds(replaced) };
      if (replaced.length > 0) await recordEvent(tx, clock(), actor, { type: 'KEYS_RESEALED', detail });
      return replaced;
    });
    for (const { kind, isEntry, createdAt } of replacedRows) {
      resealed[kind] = (resealed[kind] ?? 0) + 1;
      if (isEntry && (newestEntryAt === null || createdAt > newestEntryAt)) newestEntryAt = createdAt;
    }
    return replacedRows.length;
  };

  await assertFirstKeyOpens(store, box);
  for (let sweep = 1; sweep <= MAX_SWEEPS; sweep += 1) {
    let count = 0;
    for await (const batch of readBatchesSealedByOthers(store, box.keyIds[0])) count += await resealBatch(batch);
    if (count === 0) break;
    if (sweep > 1) late += count;
  }
  return { resealed, unopened: [...unopened.values()], newestEntryAt, late };
};

/** Yields all rows that another key seals, with the function that replaces their sealed text. */
async function* readBatchesSealedByOthers(store: Store, encryptionKey: string): AsyncGenerator<Batch> {
  const keys = await store.signingKeys.listSealedByOthers(encryptionKey);
  yield { rows: keys.map(rowOfKey), replace: (tx, rows) => tx.signingKeys.reseal(rows) };
  for (let after: string | null = null; ;) {
    const entries: SealedEntry[] = await store.queueEntries.listSealedByOthers(encryptionKey, BATCH_SIZE, after);
    yield { rows: entries.map(rowOfEntry), replace: (tx, rows) => tx.queueEntries.reseal(rows) };
    after = entries.at(-1)?.id ?? null;
    if (entries.length < BATCH_SIZE) return;
  }
}

/**
 * Rejects a first key whose id belongs to a key with other bytes: no instance could open the rows that it seals.
 *
 * @throws UnusableKeys
 */
const assertFirstKeyOpens = async (store: Store, box: SecretBox): Promise<void> => {
  const keys = await store.signingKeys.listSealedBy(box.keyIds[0]);
  const entry = await store.queueEntries.findSealedBy(box.keyIds[0]);
  const rows = [...keys.map(rowOfKey), ...(entry ? [rowOfEntry(entry)] : [])];
  for (const { kind, id, sealed, context } of rows) {
    try {
      box.open(sealed, context);
    } catch (cause) {
      throw new UnusableKeys(
        `Nothing was resealed, because ${kind} ${id} cannot be opened with the first key. ${cause instanceof Error ? cause.message : ''}`,
        { cause },
      );
    }
  }
};

const rowOfKey = (key: SigningKeyRecord): SealedRow => ({
  ...key,
  kind: signingKeyKinds[key.purpose],
  context: signingKeyContext(key),
  isEntry: false,
});

const rowOfEntry = (entry: SealedEntry): SealedRow => ({
  ...entry,
  kind: kindOfTopic(entry.topic),
  context: payloadContext(entry),
  isEntry: true,
});

const resealRow = (box: SecretBox, row: SealedRow, unopened: Map<string, UnopenedRow>): ResealedText | undefined => {
  const { id, kind, sealed, context } = row;
  try {
    return { id, sealed, resealed: box.reseal(sealed, context) };
  } catch (error) {
    unopened.set(id, { kind, id, reason: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
};

const countKinds = (rows: readonly SealedRow[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { kind } of rows) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};
