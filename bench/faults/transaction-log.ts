import type { Population } from '../population.js';

/** One write of a transaction. */
export interface TransactionLogEntry {
  /** The id of the transaction. */
  readonly xid: string;
  /** `sign-up`, `token`, `use` (of a token), `mail`, `request` (for mail), `answer` (to one), or the type of a security event. */
  readonly what: string;
  /** The id of the row, or the subject of a security event. */
  readonly id: string;
}

/**
 * Creates triggers that log every write within its transaction. The log contains no write that was rolled back, but every
 * row that was deleted later, so it shows what was committed together without relying on the server.
 */
export const createTransactionLog = async ({ query }: Pick<Population, 'query'>): Promise<void> => {
  await query(`
    CREATE TABLE transaction_log (xid text NOT NULL DEFAULT pg_current_xact_id()::text, what text NOT NULL, id uuid);
    CREATE FUNCTION log_write() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO transaction_log (what, id) VALUES (TG_ARGV[0], CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END);
        RETURN NULL;
      END $$;
    CREATE FUNCTION log_event() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO transaction_log (what, id) VALUES (NEW.type, NEW.subject_id);
        RETURN NULL;
      END $$;
    CREATE TRIGGER log AFTER INSERT ON auth_sign_up FOR EACH ROW EXECUTE FUNCTION log_write('sign-up');
    CREATE TRIGGER log AFTER INSERT ON auth_one_time_token FOR EACH ROW EXECUTE FUNCTION log_write('token');
    CREATE TRIGGER log_use AFTER UPDATE OF consumed_at ON auth_one_time_token FOR EACH ROW
      EXECUTE FUNCTION log_write('use');
    CREATE TRIGGER log AFTER INSERT ON auth_queue_entry FOR EACH ROW
      WHEN (NEW.topic = 'mail') EXECUTE FUNCTION log_write('mail');
    CREATE TRIGGER log_request AFTER INSERT ON auth_queue_entry FOR EACH ROW
      WHEN (NEW.topic = 'mail-request') EXECUTE FUNCTION log_write('request');
    CREATE TRIGGER log_answer AFTER DELETE ON auth_queue_entry FOR EACH ROW
      WHEN (OLD.topic = 'mail-request') EXECUTE FUNCTION log_write('answer');
    CREATE TRIGGER log AFTER INSERT ON auth_security_event FOR EACH ROW EXECUTE FUNCTION log_event()`);
};

/** Reads the committed transactions with their writes. */
export const readTransactionLog = async ({ query }: Pick<Population, 'query'>): Promise<TransactionLogEntry[][]> => {
  const transactions = new Map<string, TransactionLogEntry[]>();
  for (const entry of await query<TransactionLogEntry>('SELECT xid, what, id FROM transaction_log ORDER BY what, id')) {
    const entries = transactions.get(entry.xid);
    if (entries) entries.push(entry);
    else transactions.set(entry.xid, [entry]);
  }
  return [...transactions.values()];
};
