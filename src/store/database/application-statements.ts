/** Thrown when the code of the application writes what belongs to Gatehouse. The message is for its author. */
export class ForbiddenStatement extends Error {
  override readonly name = 'ForbiddenStatement';
}

/** The columns of "user" that Gatehouse writes. An application reads some of them, and writes only columns that it has added. */
const ownUserColumns: ReadonlySet<string> = new Set([
  'id',
  'email',
  'email_canonical',
  'email_verified_at',
  'origin',
  'name',
  'name_folded',
  'locale',
  'disabled_at',
  'erase_after',
  'created_at',
  'last_login_at',
]);

const name = String.raw`"(?:[^"]|"")*"`;
/** The beginning of a statement, and the table that it writes. The schema before it is the one that DATABASE_URL leads to. */
const write = new RegExp(String.raw`^(INSERT INTO|UPDATE|DELETE FROM) (?:${name}\.)?(${name})`);
const isRead = /^SELECT\s/;
/** One of our tables but "user". A column of the application may have such a name, and follows none of these words. */
const ownTable = new RegExp(String.raw`\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:ONLY\s+)?(?:${name}\.)?"auth_`, 'i');
/** Prisma quotes every name and passes every value as a parameter, so that only the words of a statement are left. */
const quoted = new RegExp(`${name}|'(?:[^']|'')*'`, 'g');
const isHandWritten = /;|\bauth_/i;
const assignments = new RegExp(String.raw`(?:^|, )(${name}) = `, 'g');

/**
 * Checks a statement that Prisma generated for the application's client. That client knows no other table of ours, and offers no
 * statements in SQL: both are refused here as well, in case a path to the client is found. The other statements to refuse are writes of
 * "user", which a nested write reaches from any model with a relation to it.
 *
 * @throws ForbiddenStatement
 */
export const assertApplicationStatement = (sql: string): void => {
  if (ownTable.test(sql)) throw new ForbiddenStatement('context.db reaches no table of Gatehouse but "user".');
  if (isHandWritten.test(sql.replace(quoted, '')))
    throw new ForbiddenStatement('context.db executes only what its models generate.');
  if (isRead.test(sql)) return;
  const [start, keyword, table] = write.exec(sql) ?? [];
  if (start === undefined) throw new ForbiddenStatement('context.db executes only what its models generate.');
  if (table !== '"user"') return;
  if (keyword !== 'UPDATE')
    throw new ForbiddenStatement(
      'context.db can neither create nor delete a User. Users sign up, or are created by administrators, and are erased with their account.',
    );
  const set = /^ SET (.*?)(?: WHERE | RETURNING |$)/s.exec(sql.slice(start.length))?.[1] ?? '';
  const columns = [...set.matchAll(assignments)].map(([, column = '']) => column.slice(1, -1));
  const own = columns.find((column) => ownUserColumns.has(column));
  if (columns.length === 0 || own !== undefined)
    throw new ForbiddenStatement(
      `context.db cannot write ${own === undefined ? 'User in this way' : `the column "${own}" of User`}. It can write the columns of \`extend model User\` in prisma/schema/app.prisma.`,
    );
};
