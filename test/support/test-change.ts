import { createJobQueue } from '../../src/auth/job-queue.js';
import { createChange, type Change } from '../../src/auth/unit-of-work.js';
import { createApplicationMails } from '../../src/mail/application-mails.js';
import { createMailQueue } from '../../src/mail/mail-queue.js';
import { createSecretBox } from '../../src/security/secret-box.js';
import type { Store } from '../../src/store/store.js';

/** Units of work over a store, without a server. `onChanged` receives each user whose principals are invalidated. */
export const createTestChange = (
  store: Pick<Store, 'transaction'>,
  onChanged: (userId: string) => void = () => undefined,
): Change => {
  const secretBox = createSecretBox([{ id: 'test', key: Buffer.alloc(32, 7) }]);
  const mailQueue = createMailQueue(secretBox, () => undefined);
  const jobQueue = createJobQueue(secretBox, [], () => undefined);
  const applicationMails = createApplicationMails({});
  return createChange({
    store,
    mailQueue,
    jobQueue,
    applicationMails,
    principals: { forget: onChanged },
    clock: () => new Date(),
  });
};
