import { createHash } from 'node:crypto';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Returns the options of helmet for a page: it may run its own script and style, by their hashes, and load its icon. */
export const pageHeaders = ({ script, style }: { readonly script?: string; readonly style: string }) => ({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      ...(script === undefined ? {} : { 'script-src': [hashOf(script)] }),
      'style-src': [hashOf(style)],
      'img-src': ["'self'"],
      ...(script === undefined ? {} : { 'connect-src': ["'self'"] }),
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
      'base-uri': ["'none'"],
    },
  },
  // The address of a page may contain a token, which no other site may receive.
  referrerPolicy: { policy: 'no-referrer' as const },
  xFrameOptions: { action: 'deny' as const },
});
