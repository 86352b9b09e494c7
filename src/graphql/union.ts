import { createUnionType, type ClassType } from 'type-graphql';

/** The ways in which a flow ends, for a client to switch on. */
export const union = <T extends readonly ClassType[]>(name: string, description: string, types: T) =>
  createUnionType({ name, description, types: () => types });
