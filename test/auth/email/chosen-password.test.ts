import { client } from '../../support/core.js';
import { createChoosePassword } from '../../../src/auth/email/chosen-password.js';

const ada = { email: 'ada@example.com', name: 'Ada' };

/** Judges every password by `reasons`, and records which passwords were hashed. */
const start = (reasons: 'TOO_SHORT'[] = []) => {
  const hashed: string[] = [];
  const judged: unknown[] = [];
  const choosePassword = createChoosePassword({
    hasher: {
      admit: (_network, work) =>
        work({
          hash: (password) => {
            hashed.push(password);
            return Promise.resolve('a hash');
          },
          verify: () => Promise.resolve(false),
        }),
      needsRehash: () => false,
    },
    passwordPolicy: {
      weaknesses: (password, personal) => {
        judged.push([password, personal]);
        return Promise.resolve(reasons);
      },
    },
  });
  return { choosePassword, hashed, judged };
};

describe('choosePassword', () => {
  it('hashes a password that the policy accepts for this person', async () => {
    const { choosePassword, judged } = start();
    expect(await choosePassword('a new password', ada, client, { isRequired: false })).toEqual({ hash: 'a hash' });
    expect(judged).toEqual([['a new password', ada]]);
  });

  it('keeps the stored password when none is given and none is required', async () => {
    const { choosePassword, hashed } = start();
    expect(await choosePassword(null, ada, client, { isRequired: false })).toEqual({ hash: null });
    expect(hashed).toEqual([]);
  });

  it('returns PASSWORD_REQUIRED when a required password is missing', async () => {
    expect(await start().choosePassword(null, ada, client, { isRequired: true })).toEqual({
      failure: 'PASSWORD_REQUIRED',
    });
  });

  it('returns the reasons of a weak password, which it does not hash', async () => {
    const { choosePassword, hashed } = start(['TOO_SHORT']);
    const failure = { failure: 'WEAK_PASSWORD', reasons: ['TOO_SHORT'] };
    expect(await choosePassword('short', ada, client, { isRequired: true })).toEqual(failure);
    expect(hashed).toEqual([]);
  });
});
