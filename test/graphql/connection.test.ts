import 'reflect-metadata';

import { decodeCursor, encodeCursor } from '../../src/graphql/connection.js';

describe('a cursor', () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057';

  it('decodes to the id that it was created from, and is safe in a URL', () => {
    const cursor = encodeCursor('user', id);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(decodeCursor('user', cursor)).toBe(id);
  });

  it('of another kind decodes to no id', () => {
    expect(decodeCursor('session', encodeCursor('user', id))).toBe('');
  });

  it.each(['', id, 'dXNlcg', '\0', '???'])('that is malformed decodes to no id: %j', (cursor) => {
    expect(decodeCursor('user', cursor)).toBe('');
  });
});
