import type { FastifyInstance } from 'fastify';

import { sendTaggedText } from '../entity-tag.js';
import { textColorOn } from './color.js';

const DAY_SECONDS = 86_400;

/**
 * Adds the icon of all pages, in the color of APP_COLOR. Browsers request `/favicon.ico` for responses that are not pages, such as
 * JSON, and read its type from the header.
 */
export const addFaviconRoutes = (server: FastifyInstance, color: string): void => {
  const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="${color}"/><g fill="none" stroke="${textColorOn(color)}" stroke-width="2.5" stroke-linecap="round"><path d="M8 25V14a8 8 0 0 1 16 0v11"/><path d="M16 16v9M12 17v8M20 17v8"/></g></svg>\n`;
  const document = { text: icon, type: 'image/svg+xml', caching: `public, max-age=${DAY_SECONDS}` };
  for (const path of ['/favicon.svg', '/favicon.ico']) {
    server.get(path, (request, reply) => sendTaggedText(request, reply, document));
  }
};
