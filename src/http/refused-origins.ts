import type { FastifyBaseLogger } from 'fastify';

/** More origins than a developer uses; a client can invent any number of them. */
const ORIGINS_MAX = 20;
const ORIGIN_MAX_LENGTH = 255;

/**
 * Creates the function that tells a developer which origin was refused, once for each origin. A browser reports a refused
 * preflight only as a network error. In production nothing is logged, because anyone can send any origin.
 */
export const createRefusedOriginLog = (
  log: FastifyBaseLogger,
  isDevelopment: boolean,
): ((origin: string | undefined) => void) => {
  const logged = new Set<string>();
  return (origin) => {
    if (!isDevelopment || origin === undefined || origin.length > ORIGIN_MAX_LENGTH) return;
    if (logged.has(origin) || logged.size >= ORIGINS_MAX) return;
    logged.add(origin);
    log.warn({ origin }, 'a page of this origin was refused; to allow it, add the origin to CORS_ORIGINS');
  };
};
