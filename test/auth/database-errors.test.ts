import {
  isDatabaseUnavailable,
  translateDatabaseErrorsOfEach,
  translateDatabaseErrors,
} from '../../src/auth/database-errors.js';
import { GatehouseError, RequestError } from '../../src/errors.js';
import { StoreConflict, StoreUnavailable } from '../../src/store/errors.js';

const away = new StoreUnavailable('The database is not available.');

describe('a flow', () => {
  it('returns its result while the database is available', async () => {
    const add = translateDatabaseErrors((a: number, b: number) => Promise.resolve(a + b));
    expect(await add(1, 2)).toBe(3);
  });

  // Hydra 1928: an outage was answered as wrong credentials
  it('throws SERVICE_UNAVAILABLE with the seconds after which to retry, and with the cause for the log only', async () => {
    const fails = translateDatabaseErrors(() => Promise.reject(away))();
    await expect(fails).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: 'The service is unavailable. Try again later.',
      detail: { retryAfterSeconds: 5 },
      cause: away,
    });
  });

  it('does not change any other error', async () => {
    for (const error of [
      new Error('a fault'),
      new GatehouseError('SERVER_BUSY'),
      new StoreConflict('email', undefined),
    ]) {
      await expect(translateDatabaseErrors(() => Promise.reject(error))()).rejects.toBe(error);
    }
  });

  it('is one of a group, of which each does the same', async () => {
    const group = translateDatabaseErrorsOfEach({
      works: () => Promise.resolve('yes'),
      fails: () => Promise.reject<string>(away),
    });
    expect(await group.works()).toBe('yes');
    await expect(group.fails()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

describe('an outage of the database', () => {
  it('is what the store or a flow reports, and not what the application reports of a service of its own', () => {
    expect([away, new GatehouseError('SERVICE_UNAVAILABLE')].every(isDatabaseUnavailable)).toBe(true);
    expect(isDatabaseUnavailable(new RequestError('SERVICE_UNAVAILABLE'))).toBe(false);
  });
});
