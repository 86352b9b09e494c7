import { isLoopback } from '../values/loopback.js';
import { InvalidValue, isServer, type Format } from './formats.js';

/** A mail server and how to connect to it. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte, required STARTTLS, or no TLS; never STARTTLS only when it is offered. */
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly auth?: { readonly user: string; readonly pass: string };
}

/** The destination of email: files, none (`off`), or a mail server. */
export type MailTarget = 'file:' | 'off' | SmtpServer;

const form = '`file:`, `off`, or an smtp:// or smtps:// URL with a host';

/**
 * Email leaves this machine over TLS only, and the certificate is verified: an attacker on the path could otherwise remove
 * STARTTLS from the server's response and read the links in all emails. `?tls=off` allows an unencrypted relay in a trusted
 * network, but without credentials, because any server in that network could ask for them.
 */
export const mailUrl: Format<MailTarget> = {
  form,
  parse: (text) => {
    if (text === 'file:' || text === 'off') return text;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^smtps?:$/.test(url.protocol) || !isServer(url) || !/^\/?$/.test(url.pathname) || url.hash)
      throw new InvalidValue(`must be ${form}.`);
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const tls = tlsOf(url);
    const auth = authOf(url);
    if (auth && tls === 'none' && !isLoopback(host))
      throw new InvalidValue('has credentials and `tls=off`. Credentials are sent to another machine over TLS only.');
    const port = url.port === '' ? (tls === 'implicit' ? 465 : 587) : Number(url.port);
    return Object.freeze<SmtpServer>({ host, port, tls, ...(auth ? { auth } : {}) });
  },
};

const tlsOf = (url: URL): SmtpServer['tls'] => {
  const wish = url.searchParams.get('tls');
  if (url.search !== '' && !/^\?tls=(?:required|off)$/.test(url.search))
    throw new InvalidValue('can have no parameter except `?tls=required` or `?tls=off`.');
  if (url.protocol === 'smtps:') {
    if (wish !== null) throw new InvalidValue('begins with smtps://, which always uses TLS. Remove `?tls=`.');
    return 'implicit';
  }
  return (wish === null ? isLoopback(url.hostname) : wish === 'off') ? 'none' : 'starttls';
};

const authOf = ({ username, password }: URL): SmtpServer['auth'] => {
  if (username === '' && password === '') return undefined;
  if (username === '' || password === '') throw new InvalidValue('must have both a user and a password, or neither.');
  try {
    return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  } catch {
    throw new InvalidValue('has a user or password that is not percent-encoded. Write `@` as `%40`, for example.');
  }
};
