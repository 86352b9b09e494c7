import type { BatchedReads } from '../../../src/auth/application/batched-reads.js';
import { uuidv7 } from '../../../src/values/uuid.js';
import { startCore, type TestCore } from '../../support/core.js';

let core: TestCore;

beforeAll(async () => {
  core = await startCore();
});

afterAll(() => core.close());

/** Reads the length of each text, and records the ids of each read. */
const recordedRead = () => {
  const reads: string[][] = [];
  const read = (ids: readonly string[]) => {
    reads.push([...ids]);
    return Promise.resolve(new Map(ids.filter((id) => id !== 'unknown').map((id) => [id, id.length])));
  };
  return { reads, read };
};

const readsOf = (signal = new AbortController().signal): BatchedReads => core.auth.applicationReads(signal);

describe('load', () => {
  it('reads once for all calls of a tick, and each id once', async () => {
    const { load } = readsOf();
    const { reads, read } = recordedRead();
    const lengths = await Promise.all([load('length', ['a', 'bb'], read), load('length', ['bb', 'ccc'], read)]);
    expect(lengths).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(reads).toEqual([['a', 'bb', 'ccc']]);
  });

  it('reads once for calls that follow other work of the same tick', async () => {
    const { load } = readsOf();
    const { reads, read } = recordedRead();
    const later = async (id: string) => {
      await [...id].reduce((turn) => turn.then(() => undefined), Promise.resolve());
      return load('length', [id], read);
    };
    await Promise.all(['a', 'bb', 'cccccccccc'].map(later));
    expect(reads).toEqual([['a', 'bb', 'cccccccccc']]);
  });

  it('returns null for an id without a value and for null, in the order of the ids', async () => {
    const { reads, read } = recordedRead();
    expect(await readsOf().load('length', ['unknown', null, 'a', 'a'], read)).toEqual([null, null, 1, 1]);
    expect(reads).toEqual([['unknown', 'a']]);
  });

  it('does not read where no id is given', async () => {
    const { reads, read } = recordedRead();
    expect(await readsOf().load('length', [null], read)).toEqual([null]);
    expect(await readsOf().load('length', [], read)).toEqual([]);
    expect(reads).toEqual([]);
  });

  it('keeps calls of different names and of different requests apart', async () => {
    const [one, other] = [readsOf(), readsOf()];
    const { reads, read } = recordedRead();
    await Promise.all([
      one.load('length', ['a'], read),
      one.load('size', ['b'], read),
      other.load('length', ['c'], read),
    ]);
    expect(reads).toEqual([['a'], ['b'], ['c']]);
  });

  it('reads again after a mutation, and after a failure', async () => {
    const { load } = readsOf();
    const values = new Map([['a', 1]]);
    const read = () => Promise.resolve(new Map(values));
    expect(await load('value', ['a'], read)).toEqual([1]);
    values.set('a', 2);
    expect(await load('value', ['a'], read)).toEqual([2]);

    const failing = () => Promise.reject(new Error('on second thoughts'));
    const both = await Promise.allSettled([load('value', ['a'], failing), load('value', ['b'], failing)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await load('value', ['a'], read)).toEqual([2]);
  });

  it('is refused at once inside a transaction, and leaves the calls outside it alone', async () => {
    const { load, findProfiles } = readsOf();
    const { reads, read } = recordedRead();
    const outside = load('length', ['a'], read);
    await core.store.transaction(async () => {
      await expect(load('length', ['b'], read)).rejects.toThrow('use only its `tx`');
      await expect(findProfiles([uuidv7(new Date())])).rejects.toThrow('use only its `tx`');
    });
    expect(await outside).toEqual([1]);
    expect(reads).toEqual([['a']]);
  });

  it('starts nothing after the request was aborted', async () => {
    const request = new AbortController();
    const { load } = readsOf(request.signal);
    const { reads, read } = recordedRead();
    const pending = load('length', ['a'], read);
    request.abort(new Error('aborted'));
    await expect(pending).rejects.toThrow('aborted');
    await expect(load('length', ['a'], read)).rejects.toThrow('aborted');
    expect(reads).toEqual([]);
  });
});

describe('profiles', () => {
  it('are the id and the name of users, and null for what is not the id of one', async () => {
    const { id } = await core.createUser('ada@example.com');
    await core.database.query(`UPDATE "user" SET name = 'Ada' WHERE id = $1`, [id]);
    const unknown = uuidv7(new Date());
    const found = await readsOf().findProfiles([unknown, id, null, 'nobody', `${id}'`, id]);
    const ada = { id, name: 'Ada' };
    expect(found).toEqual([null, ada, null, null, null, ada]);
  });
});
