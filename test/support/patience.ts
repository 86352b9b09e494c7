import { setTimeout as delay } from 'node:timers/promises';

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

import type { Answer, TestApp } from './app.js';

/**
 * Sends an operation again for as long as the server is too busy for it (503), as a patient client does: how many requests
 * it can take at once depends on the machine, and what becomes of them does not.
 */
export const sendPatiently = async <Data, Variables>(
  app: TestApp,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  headers?: Readonly<Record<string, string>>,
): Promise<Answer<Data>> => {
  for (;;) {
    const answer = await app.send(document, variables, headers);
    if (answer.status !== 503) return answer;
    await delay(50);
  }
};

/** Asks again until it holds, and answers the milliseconds that took; a test that waits in vain ends by its own timeout. */
export const untilMs = async (holds: () => Promise<boolean>): Promise<number> => {
  const startedAt = performance.now();
  while (!(await holds())) await delay(5);
  return performance.now() - startedAt;
};
