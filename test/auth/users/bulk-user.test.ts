import { formatBulkUser, parseBulkUser } from '../../../src/auth/users/bulk-user.js';

const NOW = new Date('2026-01-02T12:00:00Z');
const ID = '018e2e34-d600-7000-8000-000000000001';

const parse = (line: object) => parseBulkUser(Buffer.from(JSON.stringify(line)), NOW);

const exported = {
  id: ID,
  email: 'Ada@example.com',
  emailVerifiedAt: NOW,
  name: 'Ada',
  locale: 'en-GB',
  disabledAt: null,
  createdAt: new Date('2024-03-09T12:00:00Z'),
  roles: ['ADMIN', 'USER'],
};

describe('parseBulkUser', () => {
  it('requires only an address, and takes a null for an absent field', () => {
    expect(parse({ email: 'Ada@Example.com', name: null, roles: null })).toMatchObject({
      email: 'Ada@Example.com',
      emailCanonical: 'ada@example.com',
      verified: false,
      disabled: false,
      name: null,
      roles: ['USER'],
      createdAt: NOW,
      passwordHash: null,
    });
  });

  it('gives a user without an id one of the time at which it was created', () => {
    const user = parse({ email: 'ada@example.com', createdAt: '2024-03-09T12:00:00Z' });
    if ('refused' in user) throw new Error(user.refused);
    const milliseconds = Number.parseInt(user.id.replaceAll('-', '').slice(0, 12), 16);
    expect(milliseconds).toBe(Date.parse('2024-03-09T12:00:00Z'));
  });

  it('names a role once, gives every user USER, and writes a language tag in its canonical form', () => {
    const line = { email: 'ada@example.com', roles: ['ADMIN', 'ADMIN'], locale: 'EN-gb' };
    expect(parse(line)).toMatchObject({ roles: ['ADMIN', 'USER'], locale: 'en-GB' });
  });

  it('refuses a field that it does not know, and repeats only a harmless name', () => {
    expect(parse({ email: 'ada@example.com', phone: '555' })).toEqual({ refused: 'phone is not a field of a user' });
    const hostile = { email: 'ada@example.com', '\u001b[2J': 1 };
    expect(parse(hostile)).toEqual({ refused: 'a member is not a field of a user' });
  });
});

describe('formatBulkUser', () => {
  it('writes a line that parseBulkUser reads as the same user', () => {
    const line = formatBulkUser(exported, undefined);
    expect(parseBulkUser(Buffer.from(line), NOW)).toEqual({
      id: ID,
      email: 'Ada@example.com',
      emailCanonical: 'ada@example.com',
      verified: true,
      name: 'Ada',
      locale: 'en-GB',
      roles: ['ADMIN', 'USER'],
      createdAt: exported.createdAt,
      disabled: false,
      passwordHash: null,
    });
  });

  it('omits roles that this deployment does not know, and fields without a value', () => {
    const line = formatBulkUser({ ...exported, name: null, locale: null, roles: ['WIZARD', 'USER'] }, undefined);
    expect(JSON.parse(line)).toEqual({
      id: ID,
      email: 'Ada@example.com',
      emailVerified: true,
      roles: ['USER'],
      createdAt: '2024-03-09T12:00:00.000Z',
      disabled: false,
    });
  });
});
