import { readFileSync } from 'node:fs';

import { refreshTable } from '../support/session-model.js';

const responses = { NEXT: 'next token', CURRENT: 'current token', REFUSED: 'rejected' };

/** The cells of the rows that begin with a number. */
const rows = Array.from(
  readFileSync('docs/refresh-tokens.md', 'utf8').matchAll(/^\| \d+ +\|(.*)\|$/gm),
  ([, row = '']) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')),
).filter((cells) => cells.length === 5);

describe('docs/refresh-tokens.md', () => {
  it('lists the conditions that the model test checks, in the same order', () => {
    const documented = rows.map(([, , response, event, session]) => ({ response, event, session }));
    expect(documented).toEqual(
      refreshTable.map(({ answer, event, revokes }) => ({
        response: responses[answer],
        event: event ?? '',
        session: revokes ? 'revoked' : 'kept',
      })),
    );
  });
});
