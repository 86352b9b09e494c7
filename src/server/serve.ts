import { loadConfig } from '../config/config.js';
import { exitWithFatalError } from './fatal-error.js';
import type { Gatehouse } from './gatehouse.js';

/** The process ends no later than this after a signal. */
const CLOSE_MS = 10_000;

/**
 * Runs the server until SIGTERM or SIGINT, then finishes the requests in progress and ends. The configuration is read before any large module is loaded, so
 * that its errors are reported quickly.
 *
 * A signal during the setup of the database ends the process when the setup is complete, or after ten seconds. A second
 * signal ends it at once. In both cases the database rolls back what was not committed, and the next start repeats it.
 */
export const serve = async (): Promise<void> => {
  try {
    const config = loadConfig();
    const [{ default: closeWithGrace }, { createGatehouse }, { createLog }, { printStartupMessage }] =
      await Promise.all([
        import('close-with-grace'),
        import('./gatehouse.js'),
        import('./log.js'),
        import('./startup-message.js'),
      ]);
    const log = createLog(config);
    const isDevelopment = config.nodeEnv === 'development';
    const onLink = (link: string) => {
      process.stdout.write(`Email link: ${link}\n`);
    };
    let isClosing = false;
    let gatehouse: Gatehouse | undefined;
    const begin = async (): Promise<void> => {
      gatehouse = await createGatehouse(config, { log, ...(isDevelopment ? { onLink } : {}) });
      if (isClosing) return;
      await gatehouse.start();
      for (const notice of [...config.notices, ...gatehouse.store.notices]) log.warn(notice);
      if (isDevelopment) await printStartupMessage(config, gatehouse.auth);
    };
    const begun = begin();
    closeWithGrace({ delay: CLOSE_MS, logger: false }, async ({ err, signal }) => {
      isClosing = true;
      if (err) log.fatal({ err }, 'closing after an uncaught error');
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
