import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

/** Statements of the principal cache's echo and of a new connection, which belong to no operation. */
const background = /pg_notify|set_config|^SET |LISTEN/;

type Query = (this: unknown, ...args: unknown[]) => unknown;

/** Returns the statements that are sent from now on outside transactions, and on PostgreSQL also inside them. */
export const recordStatements = (): { readonly sent: string[]; readonly stop: () => void } => {
  const sent: string[] = [];
  const restore = [pg.Client.prototype, PGlite.prototype].map((prototype: object) => {
    const query = Reflect.get(prototype, 'query') as Query;
    const recorded: Query = function (...args) {
      const [first] = args;
      const text = typeof first === 'string' ? first : (first as { text?: string }).text;
      if (text !== undefined && !background.test(text)) sent.push(text);
      return Reflect.apply(query, this, args);
    };
    Reflect.set(prototype, 'query', recorded);
    return () => Reflect.set(prototype, 'query', query);
  });
  return {
    sent,
    stop: () => {
      for (const undo of restore) undo();
    },
  };
};
