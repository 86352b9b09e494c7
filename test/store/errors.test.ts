import { inspect } from 'node:util';

import type { Connection } from '../../src/store/database/client.js';
import { isWriteConflict, StoreConflict, StoreUnavailable, translateStoreError } from '../../src/store/errors.js';
import type { Store } from '../../src/store/store.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { newUser } from '../support/new-user.js';

/** Every SQLSTATE that is caused by the database, by class. */
const unavailable: Readonly<Record<string, string>> = {
  '08': '000 001 003 004 006 007 P01',
  '0P': '000',
  '25': '006 P03 P04',
  '28': '000 P01',
  '3D': '000',
  '40': '000 001 002 003 P01',
  '42': '501',
  '53': '000 100 200 300 400',
  '55': '000 006 P02 P03',
  '57': '000 014 P01 P02 P03 P04 P05',
  '58': '000 030 P01 P02',
  '72': '000',
  F0: '000 001',
  XX: '000 001 002',
};

/** Every other SQLSTATE: the statement was wrong, which is an internal error. */
const faults: Readonly<Record<string, string>> = {
  '03': '000',
  '09': '000',
  '0A': '000',
  '0B': '000',
  '0F': '000 001',
  '0L': '000 P01',
  '0Z': '000 002',
  '20': '000',
  '21': '000',
  '22':
    '000 001 002 003 004 005 007 008 009 00B 00C 00D 00F 00G 00H 00L 00M 00N 00P 00S 00T 010 011 012 013 014 015 016 018 019 ' +
    '01B 01E 01F 01G 01W 01X 021 022 023 024 025 026 027 02E 02G 02H 030 031 032 033 034 035 036 037 038 039 03A 03B 03C ' +
    '03D 03E 03F 03G P01 P02 P03 P04 P05 P06',
  '23': '000 001 502 514 P01',
  '24': '000',
  '25': '000 001 002 003 004 005 007 008 P01 P02',
  '26': '000',
  '27': '000',
  '2B': '000 P01',
  '2D': '000',
  '2F': '000 002 003 004 005',
  '34': '000',
  '38': '000 001 002 003 004',
  '39': '000 001 004 P01 P02 P03',
  '3B': '000 001',
  '3F': '000',
  '42':
    '000 601 602 611 622 701 702 703 704 710 712 723 725 803 804 809 830 846 883 8C9 939 P01 P02 P03 P04 P05 P06 P07 P08 ' +
    'P09 P10 P11 P12 P13 P14 P15 P16 P17 P18 P19 P20 P21 P22',
  '44': '000',
  '54': '000 001 011 023',
  '55': 'P04',
  HV: '000 001 002 004 005 006 007 008 009 00A 00B 00C 00D 00J 00K 00L 00M 00N 00P 00Q 00R 010 014 021 024 090 091',
  P0: '000 001 002 003 004',
};

const statesOf = (classes: Readonly<Record<string, string>>): string[] =>
  Object.entries(classes).flatMap(([name, rest]) => rest.split(' ').map((end) => name + end));

let database: TestDatabase;
let connection: Connection;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  connection = await database.connect();
  store = await database.open();
});

afterAll(async () => {
  await store.close();
  await connection.close();
  await database.drop();
});

/** Translates the error of a statement that Prisma has sent. */
const raised = (state: string): Promise<unknown> =>
  connection.client
    .$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '${state}'; END $$`)
    .catch(translateStoreError);

/** Translates an error that Prisma has not wrapped, such as that of a connection attempt. */
const bare = (state: string): unknown => translateStoreError(Object.assign(new Error('away'), { code: state }));

describe('an SQLSTATE', () => {
  it('that lies with the database makes it unavailable', async () => {
    const others: string[] = [];
    for (const state of statesOf(unavailable)) {
      for (const error of [await raised(state), bare(state)])
        if (!(error instanceof StoreUnavailable)) others.push(state);
    }
    expect(others).toEqual([]);
  });

  it('that reports an invalid statement of ours stays a fault', async () => {
    const others: string[] = [];
    for (const state of statesOf(faults)) {
      for (const error of [await raised(state), bare(state)])
        if (error instanceof StoreUnavailable || error instanceof StoreConflict) others.push(state);
    }
    expect(others).toEqual([]);
  });

  it('of a unique constraint is a conflict, and of a foreign key a transaction that can be run again', async () => {
    expect(await raised('23505')).toBeInstanceOf(StoreConflict);
    expect(await raised('23503')).toBeInstanceOf(StoreUnavailable);
  });
});

describe('an error of the database', () => {
  it('names the unique constraint that a row violates', async () => {
    await store.users.create(newUser(5));
    await expect(store.users.create({ ...newUser(5), id: newUser(6).id })).rejects.toMatchObject({
      name: 'StoreConflict',
      constraint: 'user_email_canonical_key',
    });
  });

  it('keeps the values of a refused row to itself', async () => {
    const refused = await connection.client.$executeRaw`
      INSERT INTO auth_session (id, user_id, client_id, auth_time, idle_expires_at, expires_at, generation, device)
      VALUES (${newUser(7).id}::uuid, ${newUser(5).id}::uuid, 'gatehouse', now(), now(), now(), 0, 'the secret value')`.catch(
      translateStoreError,
    );
    expect(refused).toMatchObject({ code: 'P2010' });
    expect(inspect(refused, { depth: 10, showHidden: true })).not.toContain('secret value');
  });

  it('of a serializable transaction is a conflict', async () => {
    const conflict = await raised('40001');
    expect(conflict).toBeInstanceOf(StoreUnavailable);
    expect(isWriteConflict(conflict)).toBe(true);
  });
});
