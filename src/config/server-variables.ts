import { color, displayName, flag, host, httpUrl, oneOf, origins, trustedProxies, wholeNumber } from './formats.js';
import type { Variable } from './variable.js';

export const serverVariables = {
  NODE_ENV: {
    format: oneOf('development', 'test', 'production'),
    default: 'development',
    reason:
      'The environment in which the server runs. If it is not set, the server is reachable from this machine only and does not accept DATABASE_URL. In production, the server does not start if a required variable is missing.',
  },
  HOST: {
    format: host,
    default: '127.0.0.1',
    example: '0.0.0.0',
    reason: 'The address to listen on. With the default, only this machine can reach the server.',
  },
  PORT: {
    format: wholeNumber(0, 65_535),
    default: '4000',
    reason: 'The port to listen on. 0 selects a free port.',
  },
  PUBLIC_URL: {
    format: httpUrl,
    otherwise: '`http://localhost:PORT`',
    requiredInProduction: true,
    example: 'https://id.example.com',
    reason:
      'The URL at which clients reach this server. Links and the issuer of tokens are derived from it, never from the Host header. It must use https in production, except on this machine.',
  },
  APP_URL: {
    format: httpUrl,
    otherwise: '`PUBLIC_URL`',
    example: 'https://app.example.com',
    reason:
      'The URL of your front end. The links in emails lead to its paths `/verify-email`, `/reset-password` and `/confirm-email-change`, each with `?token=`. If it is not set, the server serves small pages of its own at these paths.',
  },
  APP_NAME: {
    format: displayName,
    otherwise: 'the host name of `PUBLIC_URL`',
    example: 'Example',
    reason:
      'The name of your product on the pages of this server and in emails. Without it, emails contain the name in MAIL_FROM, or the host of APP_URL.',
  },
  APP_COLOR: {
    format: color,
    otherwise: 'blue',
    example: '#7a1fa2',
    reason:
      'The color of buttons and links on the pages of this server, and of their icon. It is darkened or lightened where text would otherwise be hard to read.',
  },
  METRICS_PORT: {
    format: wholeNumber(0, 65_535),
    otherwise: 'no metrics',
    example: '9090',
    reason:
      'The port of `/metrics` for Prometheus. 0 selects a free port. It is a separate port, so that metrics are not published by accident.',
  },
  METRICS_HOST: {
    format: host,
    otherwise: '`HOST`',
    example: '10.0.0.5',
    reason:
      'The address on which METRICS_PORT listens, such as that of a private network: metrics are served without authentication.',
  },
  LOG_LEVEL: {
    format: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    reason: 'The minimum severity of log entries. No level logs passwords, tokens, documents or variables.',
  },
  INTROSPECTION: {
    format: flag,
    otherwise: '`true` in development and test, `false` in production',
    reason:
      'Whether clients can read the schema by introspection. It is off in production, because a schema shows an attacker what to try.',
  },
} as const satisfies Record<string, Variable>;

export const networkVariables = {
  CORS_ORIGINS: {
    format: origins,
    otherwise: 'none',
    reason:
      'The origins whose pages can call the server from a browser and use the refresh cookie. An app in a web view has an origin with a scheme of its own. In development, the log names each origin that is refused.',
  },
  TRUST_PROXY: {
    format: trustedProxies,
    default: 'false',
    example: '10.0.0.0/8',
    reason:
      'The proxies whose X-Forwarded-For header is trusted. If you trust too many, or use a number although clients can reach the server without the proxy, clients can choose their own address. If the header comes from a proxy in a private network that is not listed here, the log warns and rate limits by network are disabled for its clients. An address can have a port, brackets or quotes. Clients whose address is still not readable share one rate limit, and the log warns about the first one.',
  },
} as const satisfies Record<string, Variable>;
