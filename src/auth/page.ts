import { GatehouseError } from '../errors.js';
import { PAGE_COUNT_MAX, PAGE_DEFAULT, PAGE_MAX } from '../values/policy.js';
import { isUuid } from '../values/uuid.js';

/**
 * A page of a list: the `first` rows after the one with the id `after`, or the `last` rows before the one with `before`.
 * Without a size, a page that only ends at a cursor is of the rows next to that cursor.
 */
export interface PageRequest {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** The rows between two ids, in the order of the list, which is newest first. */
export interface PageRange {
  readonly after: string | null;
  readonly before: string | null;
  /** Whether the rows with these ids belong to the range too; false by default. */
  readonly includesCursors?: boolean;
}

/** Up to `limit` rows of a range: those at its beginning, or those at its end. */
export interface RowsQuery {
  readonly range: PageRange;
  readonly from: 'beginning' | 'end';
  readonly limit: number;
}

/** A page of rows, newest first. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Whether the list has older rows. */
  readonly hasNextPage: boolean;
  /** Whether the list has newer rows. */
  readonly hasPreviousPage: boolean;
}

/**
 * Reads a page of a list that is ordered by id, newest first.
 *
 * @param list returns rows in the order of the list
 * @throws GatehouseError BAD_USER_INPUT when `first` or `last` is not from 1 to 100 or both are given, or a cursor is no UUID
 */
export const readPage = async <Row extends { readonly id: string }>(
  { first, after, last, before }: PageRequest,
  list: (query: RowsQuery) => Promise<readonly Row[]>,
): Promise<Page<Row>> => {
  const size = readPageSize(first ?? null, last ?? null);
  const range = { after: readCursor(after ?? null), before: readCursor(before ?? null) };
  const isAtEnd = (first ?? null) === null && range.after === null && range.before !== null;
  const isForward = (last ?? null) === null && !isAtEnd;
  const any = async (other: PageRange, from: RowsQuery['from']) =>
    (await list({ range: other, from, limit: 1 })).length > 0;

  const found = await list({ range, from: isForward ? 'beginning' : 'end', limit: size + 1 });
  const hasMore = found.length > size;
  const rows = isForward ? found.slice(0, size) : found.slice(-size);
  return {
    rows,
    hasNextPage:
      (isForward && hasMore) || (range.before !== null && (await any(rangeAfter(rows, range.before), 'beginning'))),
    hasPreviousPage:
      (!isForward && hasMore) || (range.after !== null && (await any(rangeBefore(rows, range.after), 'end'))),
  };
};

/**
 * Counts the rows of a list. Returns null when there are more than 100,000, because counting takes time in proportion to their
 * number.
 *
 * @param count counts up to a limit
 */
export const countRows = async (count: (limit: number) => Promise<number>): Promise<number | null> => {
  const counted = await count(PAGE_COUNT_MAX + 1);
  return counted > PAGE_COUNT_MAX ? null : counted;
};

/** The rows after a page; if it is empty, those from the cursor on that ended it. */
const rangeAfter = (page: readonly { readonly id: string }[], before: string): PageRange => {
  const end = page.at(-1);
  return end ? { after: end.id, before: null } : { after: before, before: null, includesCursors: true };
};

/** The rows before a page; if it is empty, those up to the cursor that began it. */
const rangeBefore = (page: readonly { readonly id: string }[], after: string): PageRange => {
  const [start] = page;
  return start ? { after: null, before: start.id } : { after: null, before: after, includesCursors: true };
};

const readPageSize = (first: number | null, last: number | null): number => {
  const size = first ?? last ?? PAGE_DEFAULT;
  if ((first !== null && last !== null) || size < 1 || size > PAGE_MAX) throw new GatehouseError('BAD_USER_INPUT');
  return size;
};

const readCursor = (cursor: string | null): string | null => {
  if (cursor !== null && !isUuid(cursor)) throw new GatehouseError('BAD_USER_INPUT');
  return cursor;
};
