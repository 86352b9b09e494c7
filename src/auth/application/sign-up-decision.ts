import { isSignUpRefusal, HookFailed, type Failure } from '../../errors.js';
import type { Hooks, HookSignUp } from './hooks.js';
import { runHook } from './run-hook.js';

/** Asks the hook beforeSignUp, if there is one, and returns its refusal. @throws HookFailed */
export type BeforeSignUp = (signUp: HookSignUp) => Promise<Failure<'SIGN_UP_REFUSED'> | undefined>;

export const createBeforeSignUp =
  ({ beforeSignUp }: Pick<Hooks, 'beforeSignUp'>): BeforeSignUp =>
  async (signUp) => {
    if (!beforeSignUp) return undefined;
    const decision: unknown = await runHook('beforeSignUp', () => beforeSignUp(Object.freeze({ ...signUp })));
    if (decision === undefined) return undefined;
    const code: unknown =
      typeof decision === 'object' && decision !== null ? Reflect.get(decision, 'refused') : undefined;
    // Anything else, such as `false`, was meant to decide something: it must not count as permission.
    if (!isSignUpRefusal(code))
      throw new HookFailed('beforeSignUp', new TypeError('it returned neither undefined nor { refused: CODE }'));
    return { failure: 'SIGN_UP_REFUSED', code };
  };
