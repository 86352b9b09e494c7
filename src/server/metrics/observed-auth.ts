import type { Auth } from '../../auth/auth.js';
import { GatehouseError } from '../../errors.js';
import { loginOutcomes, refreshOutcomes } from './definitions.js';
import type { Metrics } from './metrics.js';

/** Counts the logins and refreshes of these flows by their outcome. */
export const observeAuth = (auth: Auth, { loggedIn, refreshed }: Pick<Metrics, 'loggedIn' | 'refreshed'>): Auth => ({
  ...auth,
  login: { withPassword: observed((...args) => auth.login.withPassword(...args), loginOutcomes, loggedIn) },
  refresh: observed(auth.refresh, refreshOutcomes, refreshed),
});

const observed =
  <Args extends unknown[], Result extends object, Outcome extends string>(
    flow: (...args: Args) => Promise<Result>,
    outcomes: readonly (Outcome | 'succeeded' | 'INTERNAL_SERVER_ERROR')[],
    count: (outcome: Outcome | 'succeeded' | 'INTERNAL_SERVER_ERROR') => void,
  ) =>
  async (...args: Args): Promise<Result> => {
    const outcomeOf = (code: unknown) => outcomes.find((outcome) => outcome === code) ?? 'INTERNAL_SERVER_ERROR';
    try {
      const result = await flow(...args);
      count('failure' in result ? outcomeOf(result.failure) : 'succeeded');
      return result;
    } catch (error) {
      count(outcomeOf(error instanceof GatehouseError ? error.code : undefined));
      throw error;
    }
  };
