import { isConnectionLost } from '../errors.js';
import { RECONNECT_MS } from './deadlines.js';

type SendQuery = (...args: readonly unknown[]) => unknown;

/**
 * Repeats a read whose connection was lost, as happens to every open connection when PostgreSQL restarts. It has changed
 * nothing. Of any other statement it is not known whether it was executed.
 */
export const repeatReads =
  (send: SendQuery): SendQuery =>
  (...args) => {
    const [statement] = args as readonly [string | { readonly text: string }];
    const text = typeof statement === 'string' ? statement : statement.text;
    const response = send(...args);
    if (!(response instanceof Promise) || !/^\s*SELECT\b/i.test(text)) return response;
    const startedAt = performance.now();
    return response.catch((error: unknown) => {
      if (!isConnectionLost(error) || performance.now() - startedAt > RECONNECT_MS) throw error;
      return send(...args);
    });
  };
