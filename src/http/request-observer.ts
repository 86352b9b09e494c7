import type { RequestErrorCode } from '../errors.js';

/** The kinds of requests: a GraphQL operation that was found valid, or anything else. */
export const operationKinds = ['query', 'mutation', 'none'] as const;
export type OperationKind = (typeof operationKinds)[number];

/** Receives the measurements of requests. */
export interface RequestObserver {
  readonly responded: (operation: OperationKind, status: number, seconds: number) => void;
  /** Called for each error of a response. */
  readonly errorSent: (code: RequestErrorCode) => void;
}

/** For a server without metrics. */
export const unobserved: RequestObserver = { responded: () => undefined, errorSent: () => undefined };
