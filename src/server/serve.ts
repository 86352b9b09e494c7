import { loadConfig } from '../config/config.js';
import { exitWithFatalError } from './fatal-error.js';
import type { Gatehouse } from './gatehouse.js';

/** The longest time from a signal to the end of the process. */
const CLOSE_MS = 10_000;

/**
 * Runs the server until SIGTERM or SIGINT, then drains it. The configuration is read before anything heavy is loaded,
 * so that a wrong one is told within a moment.
 *
 * A signal that comes while the database is set up ends the process when the set-up is complete, or after ten seconds. A
 * second signal ends it at once. Either way the database undoes what was not committed, and the next start does it again.
 */
export const serve = async (): Promise<void> => {
  try {
    const config = loadConfig();
    const [{ default: closeWithGrace }, { createGatehouse }, { createLog }, { announceServer, printLine }] =
      await Promise.all([
        import('close-with-grace'),
        import('./gatehouse.js'),
        import('./log.js'),
        import('./first-administrator.js'),
      ]);
    const log = createLog(config);
    const isDevelopment = config.nodeEnv === 'development';
    const onLink = (link: string) => {
      printLine(`Mail: ${link}`);
    };
    let isClosing = false;
    let gatehouse: Gatehouse | undefined;
    const begin = async (): Promise<void> => {
      gatehouse = await createGatehouse(config, { log, ...(isDevelopment ? { onLink } : {}) });
      if (isClosing) return;
      await gatehouse.start();
      for (const notice of [...config.notices, ...gatehouse.store.notices]) log.warn(notice);
      if (isDevelopment) await announceServer(config, gatehouse.auth);
    };
    const begun = begin();
    closeWithGrace({ delay: CLOSE_MS, logger: false }, async ({ err, signal }) => {
      isClosing = true;
      if (err) log.fatal({ err }, 'closing after an error that nothing caught');
      else log.info({ signal }, 'closing');
      await begun.catch(() => undefined);
      await gatehouse?.close();
    });
    await begun.catch(async (error: unknown) => {
      await gatehouse?.close();
      throw error;
    });
  } catch (error) {
    exitWithFatalError(error);
  }
};
