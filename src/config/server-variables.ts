import { flag, host, httpUrl, oneOf, origins, trustedProxies, wholeNumber } from './formats.js';
import type { Variable } from './variable.js';

export const serverVariables = {
  NODE_ENV: {
    format: oneOf('development', 'test', 'production'),
    default: 'development',
    reason:
      'Without an explicit NODE_ENV the server listens on this machine only and refuses DATABASE_URL. Production refuses to start when a required variable is missing.',
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
    reason: 'The port to listen on; 0 chooses a free one.',
  },
  PUBLIC_URL: {
    format: httpUrl,
    otherwise: '`http://localhost:PORT`',
    requiredInProduction: true,
    example: 'https://id.example.com',
    reason:
      'The URL at which clients reach this server. Links and the issuer are derived from it, never from a Host header. https in production, except on this machine.',
  },
  APP_URL: {
    format: httpUrl,
    otherwise: '`PUBLIC_URL`',
    example: 'https://app.example.com',
    reason:
      'Your front end, to which the links in mails lead: `/verify-email`, `/reset-password` and `/confirm-email-change` with `?token=`. Without it, this server serves small pages of its own at these paths.',
  },
  METRICS_PORT: {
    format: wholeNumber(0, 65_535),
    otherwise: 'no metrics',
    example: '9090',
    reason:
      'The port of `/metrics` for Prometheus, on HOST; 0 chooses a free one. It is a separate port so that metrics are not published by accident.',
  },
  LOG_LEVEL: {
    format: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    reason: 'No level writes passwords, tokens, documents or variables.',
  },
  INTROSPECTION: {
    format: flag,
    otherwise: '`true` in development and test, `false` in production',
    reason: 'A schema that strangers can read shows them what to attack.',
  },
} as const satisfies Record<string, Variable>;

export const networkVariables = {
  CORS_ORIGINS: {
    format: origins,
    otherwise: 'none',
    reason: 'Pages of these origins may call the server from a browser.',
  },
  TRUST_PROXY: {
    format: trustedProxies,
    default: 'false',
    example: '10.0.0.0/8',
    reason:
      'The proxies whose X-Forwarded-For is believed. Trusting too many, or a number where callers can reach the server without passing the proxy, lets callers choose their address. The log warns of a proxy in a private network that is not listed here, and no limit counts by network behind it. Ports, brackets and quotes around an address are accepted. Clients whose entry is still not an IP address share one limit by network, and the first such entry is logged as a warning.',
  },
} as const satisfies Record<string, Variable>;
