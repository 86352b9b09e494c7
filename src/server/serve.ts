import { loadConfig } from '../config/config.js';
import { createEmailDisplay } from './email-display.js';
import { exitWithFatalError } from './fatal-error.js';
import type { Gatehouse } from './gatehouse.js';
import { printStartupMessage } from './startup-message.js';
import { createTerminalLog } from './terminal-log.js';
import type { Terminal } from './terminal.js';

/** The process ends no later than this after a signal. */
const CLOSE_MS = 10_000;

/**
 * Runs the server until SIGTERM or SIGINT, then finishes the requests in progress and ends. The configuration is read before
 * any large module is loaded, except those of the application, so that its errors are reported quickly.
 *
 * A signal during the setup of the database ends the process when the setup is complete, or after ten seconds. A second
 * signal ends it at once. In both cases the database rolls back what was not committed, and the next start repeats it.
 */
export const serve = async (): Promise<void> => {
  try {
    const { application } = await import('./application.js');
    const config = loadConfig(undefined, application.variables);
    const [{ default: closeWithGrace }, { createGatehouse }, { createLog }] = await Promise.all([
      import('close-with-grace'),
      import('./gatehouse.js'),
      import('./log.js'),
    ]);
    const terminal: Terminal | undefined = config.nodeEnv === 'development' ? process.stdout : undefined;
    const log = createLog(config, terminal?.isTTY ? await createTerminalLog(terminal) : undefined);
    const onSent = terminal && createEmailDisplay(terminal);
    let isClosing = false;
    let gatehouse: Gatehouse | undefined;
    const begin = async (): Promise<void> => {
      gatehouse = await createGatehouse(config, { log, ...(onSent ? { onSent } : {}) });
      if (isClosing) return;
      await gatehouse.start();
      for (const notice of [...config.notices, ...gatehouse.store.notices]) log.warn(notice);
      if (terminal) await printStartupMessage({ config, auth: gatehouse.auth, terminal });
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
