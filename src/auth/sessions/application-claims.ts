import type { Store } from '../../store/store.js';
import type { CurrentSession } from '../../store/tables/sessions.js';
import type { UserRecord } from '../../store/tables/users.js';
import type { JsonObject } from '../../values/json-object.js';
import { jsonTextOf } from '../../values/json-text.js';
import { APPLICATION_CLAIMS_MAX_BYTES, APPLICATION_CLAIMS_MAX_DEPTH } from '../../values/policy.js';
import { knownRoles } from '../../values/roles.js';
import type { AccessFor } from '../application/application-access.js';
import { hookUserOf, type Hooks } from '../application/hooks.js';
import { runHook } from '../application/run-hook.js';
import type { SignTokens, Tokens } from './tokens.js';

/**
 * Issues the tokens of a session, with the claims of the application if it has the hook accessTokenClaims.
 *
 * @param user the user as it is now, where the flow has read it; otherwise it is read if the hook exists
 */
export type IssueTokens = (session: CurrentSession, roles: UserRecord['roles'], user?: UserRecord) => Promise<Tokens>;

export interface IssueTokensOptions {
  readonly signTokens: SignTokens;
  readonly store: Pick<Store, 'users' | 'sessions'>;
  readonly hooks: Pick<Hooks, 'accessTokenClaims'>;
  readonly accessFor: AccessFor;
  /** Called when the session keeps its last good claims. */
  readonly onClaimsKept: (error: unknown) => void;
}

const limits = { maxBytes: APPLICATION_CLAIMS_MAX_BYTES, maxDepth: APPLICATION_CLAIMS_MAX_DEPTH };

const parseClaims = (text: string): JsonObject => JSON.parse(text) as JsonObject;

/**
 * Creates the function that issues tokens.
 *
 * The claims are computed outside of any transaction, after the session was started or refreshed: neither a slow hook nor one that
 * fails holds a lock or ends a session. They are stored with the session, so that the next refresh has them if the hook fails then.
 */
export const createIssueTokens = ({
  signTokens,
  store,
  hooks,
  accessFor,
  onClaimsKept,
}: IssueTokensOptions): IssueTokens => {
  const { accessTokenClaims } = hooks;
  if (!accessTokenClaims) return (session, roles) => Promise.resolve(signTokens(session, knownRoles(roles)));

  /** Returns the text of the claims, which is never empty. */
  const computeClaims = async (user: UserRecord): Promise<string> => {
    const abort = new AbortController();
    try {
      const { db } = accessFor({ kind: 'system' }, abort.signal);
      const claims = await runHook('accessTokenClaims', () =>
        accessTokenClaims(hookUserOf({ ...user, emailVerified: user.emailVerifiedAt !== null }), db),
      );
      const text = jsonTextOf(claims, limits);
      if (!text.startsWith('{')) throw new TypeError('The claims are not an object.');
      return text;
    } finally {
      abort.abort();
    }
  };

  const issueWithNewClaims = async (session: CurrentSession, roles: UserRecord['roles'], known?: UserRecord) => {
    const user = known ?? (await store.users.find(session.userId));
    if (!user) return undefined;
    const text = await computeClaims(user);
    const tokens = signTokens(session, knownRoles(roles), parseClaims(text));
    if (text !== session.applicationClaims) await store.sessions.setApplicationClaims(session.id, text);
    return tokens;
  };

  const issueWithLastClaims = (session: CurrentSession, roles: UserRecord['roles']): Tokens => {
    const last = session.applicationClaims;
    try {
      return signTokens(session, knownRoles(roles), last === null ? null : parseClaims(last));
    } catch (error) {
      // The user may have received so many roles that these claims do not fit any more.
      if (!(error instanceof RangeError)) throw error;
      return signTokens(session, knownRoles(roles));
    }
  };

  return async (session, roles, user) => {
    try {
      const tokens = await issueWithNewClaims(session, roles, user);
      if (tokens) return tokens;
    } catch (error) {
      onClaimsKept(error);
    }
    return issueWithLastClaims(session, roles);
  };
};
