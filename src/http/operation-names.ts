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

/** Which operation each request has run, for the line that the log has about its response. */
export interface OperationNames {
  /** Connects the context of an operation with its request. */
  readonly connect: (context: Context, request: FastifyRequest) => void;
  readonly record: (context: Context, name: string) => void;
  readonly of: (request: FastifyRequest) => string | undefined;
}

export const createOperationNames = (): OperationNames => {
  // Apollo copies the context, but not the objects in it.
  const requests = new WeakMap<Context['client'], FastifyRequest>();
  const names = new WeakMap<FastifyRequest, string>();
  return {
    connect: ({ client }, request) => void requests.set(client, request),
    record: ({ client }, name) => {
      const request = requests.get(client);
      if (request) names.set(request, name);
    },
    of: (request) => names.get(request),
  };
};
