import { availableParallelism } from 'node:os';

import { isLoopback } from '../values/loopback.js';
import type { Values } from './variables.js';

/** libuv runs hashes, file operations and name look-ups on four threads. Hashes leave one of them free for the others. */
const MAX_HASH_CONCURRENCY = 3;

/** A flood of logins must not take the core on which all other requests are served. */
const defaultHashConcurrency = (): number => Math.max(1, Math.min(availableParallelism() - 1, MAX_HASH_CONCURRENCY));

/** The values that depend on other variables: defaults that the table only describes, and values that another one limits. */
export const computeValues = (values: Values) => {
  const publicUrl = values.PUBLIC_URL ?? `http://localhost:${values.PORT}`;
  const idleSeconds = Math.min(values.SESSION_IDLE_TTL_SECONDS, values.SESSION_ABSOLUTE_TTL_SECONDS);
  return {
    PUBLIC_URL: publicUrl,
    METRICS_HOST: values.METRICS_HOST ?? values.HOST,
    INTROSPECTION: values.INTROSPECTION ?? values.NODE_ENV !== 'production',
    ENCRYPTION_KEYS: values.ENCRYPTION_KEYS ?? [],
    // With any other algorithm, the HS256 secrets are dropped, so that no code can use them.
    JWT_SECRETS: (values.SIGNING_ALGORITHM === 'HS256' ? values.JWT_SECRETS : undefined) ?? [],
    TOKEN_ISSUER: values.TOKEN_ISSUER ?? publicUrl,
    TOKEN_AUDIENCE: values.TOKEN_AUDIENCE ?? publicUrl,
    ACCESS_TOKEN_TTL_SECONDS: Math.min(values.ACCESS_TOKEN_TTL_SECONDS, idleSeconds),
    SESSION_IDLE_TTL_SECONDS: idleSeconds,
    REFRESH_GRACE_SECONDS: Math.min(values.REFRESH_GRACE_SECONDS, idleSeconds),
    HASH_CONCURRENCY: values.HASH_CONCURRENCY ?? defaultHashConcurrency(),
    MAIL_URL: values.MAIL_URL ?? 'file:',
    MAIL_FROM: values.MAIL_FROM ?? { name: '', address: `no-reply@${mailDomain(publicUrl)}` },
    CORS_ORIGINS: values.CORS_ORIGINS ?? [],
  } satisfies Partial<Values>;
};

const mailDomain = (publicUrl: string): string => {
  const { hostname } = new URL(publicUrl);
  return isLoopback(hostname) ? 'localhost' : hostname;
};
