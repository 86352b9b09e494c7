import type { FastifyRequest } from 'fastify';
import type { FieldNode, OperationDefinitionNode } from 'graphql';

import type { Context } from '../graphql/context.js';
import { OPERATION_NAME_MAX_LENGTH } from '../values/policy.js';

/** Returns the name of an operation of a valid document, or the names of its root fields if it has none; at most 100 characters. */
export const operationNameOf = (
  { name }: OperationDefinitionNode,
  fields: readonly (readonly FieldNode[])[],
): string => {
  const text = name?.value ?? fields.flatMap(([node]) => node?.name.value ?? []).join(' ');
  return text.slice(0, OPERATION_NAME_MAX_LENGTH);
};

/** A valid operation, for the log and the metrics. */
export interface RequestedOperation {
  readonly kind: 'query' | 'mutation';
  readonly name: string;
}

/** Which operation each request has run. */
export interface OperationNames {
  /** Connects the context of an operation with its request. */
  readonly connect: (context: Context, request: FastifyRequest) => void;
  readonly record: (context: Context, operation: RequestedOperation) => void;
  readonly of: (request: FastifyRequest) => RequestedOperation | undefined;
}

export const createOperationNames = (): OperationNames => {
  // Apollo copies the context, but not the objects in it.
  const requests = new WeakMap<AbortSignal, FastifyRequest>();
  const operations = new WeakMap<FastifyRequest, RequestedOperation>();
  return {
    connect: ({ signal }, request) => void requests.set(signal, request),
    record: ({ signal }, operation) => {
      const request = requests.get(signal);
      if (request) operations.set(request, operation);
    },
    of: (request) => operations.get(request),
  };
};
