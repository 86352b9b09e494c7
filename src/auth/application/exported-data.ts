import { HookFailed } from '../../errors.js';
import { jsonTextOf } from '../../values/json-text.js';
import { EXPORT_APPLICATION_MAX_BYTES, EXPORT_APPLICATION_MAX_DEPTH } from '../../values/policy.js';
import type { Actor } from '../audit/security-events.js';
import type { AccessFor } from './application-access.js';
import type { Hooks } from './hooks.js';
import { runHook } from './run-hook.js';

const limits = { maxBytes: EXPORT_APPLICATION_MAX_BYTES, maxDepth: EXPORT_APPLICATION_MAX_DEPTH };

/**
 * Returns what the application has stored about a user, for an export; undefined if it has no hook for it.
 *
 * @throws HookFailed also when the hook returned something that is not JSON or too long: a part of it would be missing
 */
export type ExportApplicationData = (userId: string, actor: Actor) => Promise<unknown>;

export const createExportApplicationData =
  ({ exportUserData }: Pick<Hooks, 'exportUserData'>, accessFor: AccessFor): ExportApplicationData =>
  async (userId, actor) => {
    if (!exportUserData) return undefined;
    const abort = new AbortController();
    try {
      const { db } = accessFor(actor, abort.signal);
      const data: unknown = await runHook('exportUserData', () => exportUserData(db, userId));
      return JSON.parse(jsonTextOf(data, limits)) as unknown;
    } catch (error) {
      throw error instanceof TypeError ? new HookFailed('exportUserData', error) : error;
    } finally {
      abort.abort();
    }
  };
