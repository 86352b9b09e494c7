/** Another process: takes the lock that its arguments name, says `held` or why not, and stays until it is killed. */
import { lockFolder } from '../../../src/store/database/folder-lock.js';

const [file = '', folder = ''] = process.argv.slice(2);
try {
  await lockFolder(file, folder);
  console.log('held');
  setInterval(() => undefined, 60_000);
} catch (error) {
  console.log(String(error));
}
