import type { Store } from '../../store/store.js';
import type { Operator } from '../administrators/administrator.js';
import type { Change } from '../unit-of-work.js';
import { formatBulkUser } from './bulk-user.js';

export interface ExportPage {
  readonly lines: readonly string[];
  /** The id after which the next page starts; null on the last page. */
  readonly next: string | null;
}

const PAGE_SIZE = 1000;

/** Exports users to another system, as lines that an import reads. Users who requested their erasure are left out. */
export const createBulkExport = ({
  change,
  store,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'bulkUsers' | 'passwordCredentials'>;
}) => ({
  /** Records the start of an export, before its first line, because an interrupted export has disclosed data too. */
  begin: (actor: Operator, withPasswordHashes: boolean): Promise<void> =>
    change(actor, (tx) => {
      tx.audit.record({ type: 'USERS_EXPORTED', detail: { with: withPasswordHashes ? ['passwordHash'] : [] } });
      return Promise.resolve();
    }),

  /** Reads the page that follows the id `after`; null for the first page. */
  async page(after: string | null, withPasswordHashes: boolean): Promise<ExportPage> {
    const users = await store.bulkUsers.page(PAGE_SIZE, after);
    const hashes = withPasswordHashes ? await store.passwordCredentials.hashesOf(users.map(({ id }) => id)) : undefined;
    const lines = users.map((user) => formatBulkUser(user, hashes?.get(user.id)));
    return { lines, next: users.length === PAGE_SIZE ? (users.at(-1)?.id ?? null) : null };
  },
});
