import type { Store } from '../../store/store.js';
import type { Operator } from '../administrators/administrator.js';
import type { Change } from '../unit-of-work.js';
import { formatBulkUser } from './bulk-user.js';

/** Lines of an export, and the id after which the next page begins; null after the last. */
export interface ExportPage {
  readonly lines: readonly string[];
  readonly next: string | null;
}

const PAGE = 1000;

/** Takes users to another system, as the lines that an import reads. Those who asked to be erased are left out. */
export const createBulkExport = ({
  change,
  store,
}: {
  readonly change: Change;
  readonly store: Pick<Store, 'bulkUsers' | 'passwordCredentials'>;
}) => ({
  /** Puts on record that an export begins: before its first line, since one that is cut off has told as much. */
  begin: (actor: Operator, withPasswordHashes: boolean): Promise<void> =>
    change(actor, (tx) => {
      tx.audit.record({ type: 'USERS_EXPORTED', detail: { with: withPasswordHashes ? ['passwordHash'] : [] } });
      return Promise.resolve();
    }),

  async page(after: string | null, withPasswordHashes: boolean): Promise<ExportPage> {
    const users = await store.bulkUsers.page(PAGE, after);
    const hashes = withPasswordHashes ? await store.passwordCredentials.hashesOf(users.map(({ id }) => id)) : undefined;
    const lines = users.map((user) => formatBulkUser(user, hashes?.get(user.id)));
    return { lines, next: users.length === PAGE ? (users.at(-1)?.id ?? null) : null };
  },
});
