import type { Population } from './population.js';

/** What a transaction wrote that matters to a mail. */
export interface Entry {
  /** The transaction. */
  readonly xid: string;
  /** `sign-up`, `token`, `use` of a token, `mail`, `request` for one, its `answer`, or the type of a security event. */
  readonly what: string;
  /** Of the row; of a security event, whom it concerns. */
  readonly id: string;
}

/**
 * Has the database write down which transaction wrote what, in that transaction: what is rolled back is not in it, and what
 * is deleted later is. So what belongs together is known without trust in the server.
 */
export const keepTransactionLog = async ({ query }: Pick<Population, 'query'>): Promise<void> => {
  await query(`
    CREATE TABLE ledger (xid text NOT NULL DEFAULT pg_current_xact_id()::text, what text NOT NULL, id uuid);
    CREATE FUNCTION keep_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO ledger (what, id) VALUES (TG_ARGV[0], CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END);
        RETURN NULL;
      END $$;
    CREATE FUNCTION keep_event() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO ledger (what, id) VALUES (NEW.type, NEW.subject_id);
        RETURN NULL;
      END $$;
    CREATE TRIGGER ledger AFTER INSERT ON auth_sign_up FOR EACH ROW EXECUTE FUNCTION keep_ledger('sign-up');
    CREATE TRIGGER ledger AFTER INSERT ON auth_one_time_token FOR EACH ROW EXECUTE FUNCTION keep_ledger('token');
    CREATE TRIGGER ledger_use AFTER UPDATE OF consumed_at ON auth_one_time_token FOR EACH ROW
      EXECUTE FUNCTION keep_ledger('use');
    CREATE TRIGGER ledger AFTER INSERT ON auth_queue_entry FOR EACH ROW
      WHEN (NEW.topic = 'mail') EXECUTE FUNCTION keep_ledger('mail');
    CREATE TRIGGER ledger_request AFTER INSERT ON auth_queue_entry FOR EACH ROW
      WHEN (NEW.topic = 'mail-request') EXECUTE FUNCTION keep_ledger('request');
    CREATE TRIGGER ledger_answer AFTER DELETE ON auth_queue_entry FOR EACH ROW
      WHEN (OLD.topic = 'mail-request') EXECUTE FUNCTION keep_ledger('answer');
    CREATE TRIGGER ledger AFTER INSERT ON auth_security_event FOR EACH ROW EXECUTE FUNCTION keep_event()`);
};

/** The transactions that were committed, each with what it wrote. */
export const readTransactionLog = async ({ query }: Pick<Population, 'query'>): Promise<Entry[][]> => {
  const transactions = new Map<string, Entry[]>();
  for (const entry of await query<Entry>('SELECT xid, what, id FROM ledger ORDER BY what, id')) {
    const entries = transactions.get(entry.xid);
    if (entries) entries.push(entry);
    else transactions.set(entry.xid, [entry]);
  }
  return [...transactions.values()];
};
