import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { PrincipalNotices } from '../../src/store/database/notices.js';

/**
 * Holds back what the database tells of principals until it is asked for, as a slow network would. So what a flow changes is
 * true at once only if the flow itself forgot what was remembered.
 */
export const createSlowNotices = () => {
  const marker = `settle:${randomUUID()}`;
  const told: string[] = [];
  let tell: (payload: string) => void = () => undefined;
  let settles = 0;
  return {
    marker,
    around: (notices: PrincipalNotices): PrincipalNotices => ({
      ...notices,
      subscribe: ({ onNotice, onLost }) => {
        tell = onNotice;
        return notices.subscribe({
          onLost,
          onNotice: (payload) => {
            if (payload === marker) settles += 1;
            else if (payload.startsWith('echo:')) onNotice(payload);
            else told.push(payload);
          },
        });
      },
    }),
    /** Hands on everything that was told before the marker, which `publish` sends: notices come in the order of their commits. */
    async settle(publish: () => Promise<unknown>) {
      const before = settles;
      while (settles === before) {
        await publish();
        await nextTurn();
      }
      for (const payload of told.splice(0)) tell(payload);
    },
  };
};
