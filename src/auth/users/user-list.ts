import type { Role } from '../../values/roles.js';
import { GatehouseError } from '../../errors.js';
import type { Store } from '../../store/store.js';
import type { UserFilter } from '../../store/tables/user-pages.js';
import type { UserRecord } from '../../store/tables/users.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { USER_SEARCH_MAX_LENGTH } from '../../values/policy.js';
import { countRows, readPage, type Page, type PageRequest } from '../page.js';

/** The conditions that listed users meet, all of them. */
export interface UserListFilter {
  /** The beginning of the address or of the name, in any case of letters. */
  readonly search?: string | null | undefined;
  readonly role?: Role | null | undefined;
  readonly disabled?: boolean | null | undefined;
  readonly emailVerified?: boolean | null | undefined;
}

/** A page of the list of users, which may be filtered. */
export interface UserListRequest extends PageRequest {
  readonly filter?: UserListFilter | null | undefined;
}

/** A page of users, newest first. */
export interface UserPage extends Omit<Page<UserRecord>, 'rows'> {
  readonly users: readonly UserRecord[];
}

export const createUserList = ({ store }: { readonly store: Pick<Store, 'userPages'> }) => {
  return {
    /**
     * Lists a page of users, newest first.
     *
     * @throws GatehouseError BAD_USER_INPUT as `readPage` does, and when `search` is not a line of text
     */
    async list({ filter, ...page }: UserListRequest): Promise<UserPage> {
      const conditions = readFilter(filter ?? {});
      const { rows: users, ...position } = await readPage(page, (query) =>
        store.userPages.list({ filter: conditions, ...query }),
      );
      return { users, ...position };
    },

    /**
     * Counts the users that meet the conditions; null when there are more than 100,000.
     *
     * @throws GatehouseError BAD_USER_INPUT when `search` is not a line of text
     */
    async count(filter: UserListFilter): Promise<number | null> {
      const conditions = readFilter(filter);
      return countRows((limit) => store.userPages.count(conditions, limit));
    },
  };
};

const readFilter = ({ search, role, disabled, emailVerified }: UserListFilter): UserFilter => ({
  search: readSearch(search?.trim() ?? ''),
  role: role ?? null,
  disabled: disabled ?? null,
  emailVerified: emailVerified ?? null,
});

/** A complete address is searched for in its canonical form, because that of an internationalized domain is another text. */
const readSearch = (term: string): UserFilter['search'] => {
  if (term === '') return null;
  // PostgreSQL text cannot contain NUL, and a lone surrogate has no UTF-8 form.
  const isTooLong = term.length > 2 * USER_SEARCH_MAX_LENGTH || Array.from(term).length > USER_SEARCH_MAX_LENGTH;
  if (isTooLong || /[\p{Cc}\p{Cs}]/u.test(term)) throw new GatehouseError('BAD_USER_INPUT');
  return { address: parseEmailAddress(term)?.canonical ?? term.toLowerCase(), name: term };
};
