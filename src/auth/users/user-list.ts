import type { Role } from '../../values/roles.js';
import { GatehouseError } from '../../errors.js';
import type { Store } from '../../store/store.js';
import type { UserFilter, UserPageQuery, UserRange } from '../../store/tables/user-pages.js';
import type { UserRecord } from '../../store/tables/users.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { USER_COUNT_MAX, USER_PAGE_DEFAULT, USER_PAGE_MAX, USER_SEARCH_MAX_LENGTH } from '../../values/policy.js';
import { isUuid } from '../../values/uuid.js';

/** The conditions that listed users meet, all of them. */
export interface UserListFilter {
  /** The beginning of the address or of the name, in any case of letters. */
  readonly search?: string | null | undefined;
  readonly role?: Role | null | undefined;
  readonly disabled?: boolean | null | undefined;
  readonly emailVerified?: boolean | null | undefined;
}

/**
 * A page of the list: the `first` users after the one with the id `after`, or the `last` users before the one with `before`.
 * Without a size, a page that only ends at a cursor is of the users next to that cursor.
 */
export interface UserListRequest {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
  readonly filter?: UserListFilter | null | undefined;
}

/** A page of users, newest first. */
export interface UserPage {
  readonly users: readonly UserRecord[];
  /** Whether there are older users that meet the conditions. */
  readonly hasNextPage: boolean;
  /** Whether there are newer users that meet the conditions. */
  readonly hasPreviousPage: boolean;
}

export const createUserList = ({ store }: { readonly store: Pick<Store, 'userPages'> }) => {
  const any = async (filter: UserFilter, range: UserRange, from: UserPageQuery['from']): Promise<boolean> =>
    (await store.userPages.list({ filter, range, from, limit: 1 })).length > 0;

  return {
    /**
     * Lists a page of users, newest first.
     *
     * @throws GatehouseError BAD_USER_INPUT when `first` or `last` is not from 1 to 100 or both are given, a cursor is not
     *   the id of a user, or `search` is not a line of text
     */
    async list({ first, after, last, before, filter }: UserListRequest): Promise<UserPage> {
      const size = readPageSize(first ?? null, last ?? null);
      const range = { after: readCursor(after ?? null), before: readCursor(before ?? null) };
      const conditions = readFilter(filter ?? {});
      const isAtEnd = (first ?? null) === null && range.after === null && range.before !== null;
      const isForward = (last ?? null) === null && !isAtEnd;
      const from = isForward ? 'beginning' : 'end';
      const found = await store.userPages.list({ filter: conditions, range, from, limit: size + 1 });
      const hasMore = found.length > size;
      const users = isForward ? found.slice(0, size) : found.slice(-size);
      return {
        users,
        hasNextPage:
          (isForward && hasMore) ||
          (range.before !== null && (await any(conditions, rangeAfter(users, range.before), 'beginning'))),
        hasPreviousPage:
          (!isForward && hasMore) ||
          (range.after !== null && (await any(conditions, rangeBefore(users, range.after), 'end'))),
      };
    },

    /**
     * Counts the users that meet the conditions. Returns null when there are more than 100,000, because counting takes time
     * in proportion to their number.
     *
     * @throws GatehouseError BAD_USER_INPUT as `list` does
     */
    async count(filter: UserListFilter): Promise<number | null> {
      const count = await store.userPages.count(readFilter(filter), USER_COUNT_MAX + 1);
      return count > USER_COUNT_MAX ? null : count;
    },
  };
};

/** The users after a page; if it is empty, those from the cursor on that ended it. */
const rangeAfter = (page: readonly UserRecord[], before: string): UserRange => {
  const end = page.at(-1);
  return end ? { after: end.id, before: null } : { after: before, before: null, includesCursors: true };
};

/** The users before a page; if it is empty, those up to the cursor that began it. */
const rangeBefore = (page: readonly UserRecord[], after: string): UserRange => {
  const [start] = page;
  return start ? { after: null, before: start.id } : { after: null, before: after, includesCursors: true };
};

const readPageSize = (first: number | null, last: number | null): number => {
  const size = first ?? last ?? USER_PAGE_DEFAULT;
  if ((first !== null && last !== null) || size < 1 || size > USER_PAGE_MAX) throw new GatehouseError('BAD_USER_INPUT');
  return size;
};

const readCursor = (cursor: string | null): string | null => {
  if (cursor !== null && !isUuid(cursor)) throw new GatehouseError('BAD_USER_INPUT');
  return cursor;
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
