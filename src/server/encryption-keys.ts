import { createEncryptionKeys, type EncryptionKeys } from '../auth/keys/encryption-keys.js';
import type { Config } from '../config/config.js';
import { createSecretBox } from '../security/secret-box.js';
import { openDatabase } from './database.js';

/**
 * Opens the database only to administer encryption keys. This also works when a key is missing, which makes `openCore` fail.
 */
export const openEncryptionKeys = async (
  config: Parameters<typeof openDatabase>[0] & Pick<Config, 'encryptionKeys'>,
): Promise<EncryptionKeys & { close(): Promise<void> }> => {
  const store = await openDatabase(config, { hasDeadlines: false });
  const secretBox = createSecretBox(config.encryptionKeys);
  const encryptionKeys = createEncryptionKeys({ store, secretBox, clock: () => new Date() });
  return { ...encryptionKeys, close: store.close };
};
