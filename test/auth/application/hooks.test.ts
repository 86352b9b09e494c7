import { assertHooks, hookUserOf, type Hooks } from '../../../src/auth/application/hooks.js';
import { runHook } from '../../../src/auth/application/run-hook.js';
import { OperatorError, RequestError } from '../../../src/errors.js';
import { StoreUnavailable } from '../../../src/store/errors.js';
import { startApp } from '../../support/app.js';

const never = () => new Promise<never>(() => undefined);

describe('the hooks of an application', () => {
  it.each([
    ['beforeSignup', () => undefined, /has a hook beforeSignup, which does not exist: the hooks are beforeSignUp, /],
    ['toString', () => undefined, /has a hook toString, which does not exist/],
    ['userCreate', () => undefined, /has a hook userCreate, which does not exist/],
    ['beforeSignUp', 'a text', /The hook beforeSignUp of src\/app\/hooks\.ts is not a function/],
  ])('stop the start when one is unknown or is no function: %s', async (name, hook, message) => {
    const hooks = { [name]: hook } as Hooks;
    expect(() => {
      assertHooks(hooks);
    }).toThrow(OperatorError);
    await expect(startApp({}, { hooks })).rejects.toThrow(message);
  });

  it('stop the start when two have the same occasion', () => {
    expect(() => {
      assertHooks({ userCreated: () => undefined, usersCreated: () => undefined });
    }).toThrow('src/app/hooks.ts has both userCreated and usersCreated: keep usersCreated');
  });

  it('may all be absent', () => {
    assertHooks({});
    assertHooks({ beforeSignUp: undefined } as unknown as Hooks);
  });

  it('get a copy of the user, without a secret, which they cannot change', () => {
    const createdAt = new Date(0);
    const record = { id: 'an id', email: 'a@example.com', name: null, locale: null, emailVerified: false };
    const user = hookUserOf({ ...record, createdAt, origin: 'SIGN_UP', roles: ['USER', 'REMOVED_ROLE'] });
    expect(user).toEqual({
      ...{ id: 'an id', email: 'a@example.com', name: null, locale: null, emailVerified: false },
      ...{ createdAt: new Date(0), origin: 'SIGN_UP', roles: ['USER'] },
    });
    expect(Object.isFrozen(user) && Object.isFrozen(user.roles)).toBe(true);
    user.createdAt.setTime(1);
    expect(createdAt.getTime()).toBe(0);
  });
});

describe('a hook', () => {
  it('returns its result, whether it is a promise or not', async () => {
    expect(await runHook('beforeSignUp', () => 1)).toBe(1);
    expect(await runHook('beforeSignUp', () => Promise.resolve(2))).toBe(2);
    const thenable: PromiseLike<number> = { then: (resolve) => Promise.resolve(3).then(resolve) };
    expect(await runHook('beforeSignUp', () => thenable)).toBe(3);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('a bug');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a bug'))],
    [
      'returns a thenable that throws',
      () => ({
        then: () => {
          throw new Error('a bug');
        },
      }),
    ],
  ])('fails the operation, and is named, when it %s', async (_, hook) => {
    await expect(runHook('beforeSignUp', hook)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: 'The hook beforeSignUp of src/app/hooks.ts failed.',
      cause: { message: 'a bug' },
    });
  });

  it('fails after two seconds when it never returns', async () => {
    const startedAt = performance.now();
    await expect(runHook('beforeSignUp', never)).rejects.toMatchObject({
      cause: { message: 'hook beforeSignUp did not finish within 2 s' },
    });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1_990);
  });

  it('is not blamed when the database is unavailable', async () => {
    const error = new StoreUnavailable('no connection');
    await expect(runHook('beforeSignUp', () => Promise.reject(error))).rejects.toBe(error);
  });

  it('is blamed when it states itself that the service is unavailable', async () => {
    const error = new RequestError('SERVICE_UNAVAILABLE');
    await expect(runHook('beforeSignUp', () => Promise.reject(error))).rejects.toMatchObject({ hook: 'beforeSignUp' });
  });
});
