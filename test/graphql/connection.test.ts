import 'reflect-metadata';

import { decodeCursor, encodeCursor } from '../../src/graphql/connection.js';

describe('a cursor', () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057';

  it('leads back to the id that it was made of, in characters that a URL may contain', () => {
    const cursor = encodeCursor('user', id);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(decodeCursor('user', cursor)).toBe(id);
  });

  it('of another kind leads to no id', () => {
    expect(decodeCursor('session', encodeCursor('user', id))).toBe('');
  });

  it.each(['', id, 'dXNlcg', '\0', '???'])('that is none leads to no id: %j', (cursor) => {
    expect(decodeCursor('user', cursor)).toBe('');
  });
});
