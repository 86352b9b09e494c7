import { loadConfig } from './config.js';
import { exitWith } from './exit.js';

/**
 * Runs the server until SIGTERM or SIGINT, then drains it. The configuration is read before anything heavy is loaded,
 * so that a wrong one is told within a moment.
 */
export const serve = async (): Promise<void> => {
  try {
    const config = loadConfig();
    const [{ default: closeWithGrace }, { createGatehouse }, { createLog }, { welcome, say }] = await Promise.all([
      import('close-with-grace'),
      import('./gatehouse.js'),
      import('./log.js'),
      import('./welcome.js'),
    ]);
    const log = createLog(config);
    const isDevelopment = config.nodeEnv === 'development';
    const onLink = (link: string) => {
      say(`Mail: ${link}`);
    };
    const gatehouse = await createGatehouse(config, { log, ...(isDevelopment ? { onLink } : {}) });
    closeWithGrace({ delay: 10_000, logger: false }, async ({ err, signal }) => {
      if (err) log.fatal({ err }, 'closing after an error that nothing caught');
      else log.info({ signal }, 'closing');
      await gatehouse.close();
    });
    await gatehouse.start().catch(async (error: unknown) => {
      await gatehouse.close();
      throw error;
    });
    for (const notice of config.notices) log.warn(notice);
    if (isDevelopment) await welcome(config, gatehouse.auth);
  } catch (error) {
    exitWith(error);
  }
};
