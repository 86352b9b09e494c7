import type { UserCaller } from '../../../src/auth/caller.js';
import { PASSWORD } from '../../support/app.js';
import { client, startCore, type TestCore } from '../../support/core.js';
import { createLink } from '../../support/links.js';
import { tokenIn } from '../../support/mailbox.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

const INVALID = { failure: 'INVALID_TOKEN' };

const request = (caller: UserCaller, newEmail: string, password = PASSWORD) =>
  core.auth.emailChange.request(caller, { newEmail, password }, client);

const createChangeLink = (userId: string, newEmail: string) =>
  createLink(core, { purpose: 'CHANGE_EMAIL', emailCanonical: newEmail.toLowerCase(), newEmail, userId });

describe('a request to change the address', () => {
  it('leads to a link for the new address and a notice for the old one', async () => {
    const { caller } = await core.createCaller('before@example.com');
    expect(await request(caller, 'after@example.com')).toBeUndefined();
    const token = tokenIn(await core.mailbox.waitForLink('after@example.com'));
    expect((await core.mailbox.waitFor('before@example.com')).text).toContain('after@example.com');
    expect(await core.auth.emailChange.confirm(token, client)).toEqual({ email: 'after@example.com' });
    expect(await core.store.users.find(caller.userId)).toMatchObject({ email: 'after@example.com' });
  });

  it('has the same result for an address of another account, which receives no email', async () => {
    const { caller } = await core.createCaller('curious@example.com');
    await core.createUser('taken@example.com');
    expect(await request(caller, 'taken@example.com')).toBeUndefined();
    await core.mailbox.waitFor('curious@example.com');
    expect(await core.mailbox.to('taken@example.com')).toEqual([]);
  });

  it('is refused without an address, and after a wrong password', async () => {
    const { caller } = await core.createCaller('refused@example.com');
    expect(await request(caller, 'not an address')).toEqual({ failure: 'INVALID_EMAIL' });
    const refused = await request(caller, 'next@example.com', 'not the password');
    expect(refused).toEqual({ failure: 'INVALID_CREDENTIALS' });
  });
});

describe('the confirmation of a new address', () => {
  it('changes the address, voids every other link, records it and notifies the old address', async () => {
    const { id } = await core.createUser('old@example.com');
    const token = await createChangeLink(id, 'New@example.com');
    const other = await createLink(core, { purpose: 'RESET_PASSWORD', emailCanonical: 'old@example.com', userId: id });
    expect(await core.auth.emailChange.confirm(token, client)).toEqual({ email: 'New@example.com' });
    const changed = { email: 'New@example.com', emailCanonical: 'new@example.com' };
    expect(await core.store.users.find(id)).toMatchObject(changed);
    expect(await core.auth.passwordReset.reset({ token: other, newPassword: PASSWORD }, client)).toEqual(INVALID);
    expect(await core.eventTypesOf(id)).toEqual(['USER_CREATED', 'EMAIL_CHANGED']);
    expect((await core.mailbox.waitFor('old@example.com')).text).toContain('New@example.com');
  });

  it('accepts a link once', async () => {
    const { id } = await core.createUser('twice@example.com');
    const token = await createChangeLink(id, 'second@example.com');
    expect(await core.auth.emailChange.confirm(token, client)).toEqual({ email: 'second@example.com' });
    expect(await core.auth.emailChange.confirm(token, client)).toEqual(INVALID);
  });

  it('returns INVALID_TOKEN when another account has taken the address since', async () => {
    const { id } = await core.createUser('late@example.com');
    const token = await createChangeLink(id, 'wanted@example.com');
    await core.createUser('wanted@example.com');
    expect(await core.auth.emailChange.confirm(token, client)).toEqual(INVALID);
    expect(await core.store.users.find(id)).toMatchObject({ email: 'late@example.com' });
  });
});
