import { createUnionType, type ClassType } from 'type-graphql';

/** Declares the union of the results of a root field: its success and its expected failures. */
export const resultUnion = <T extends readonly ClassType[]>(name: string, description: string, types: T) =>
  createUnionType({ name, description, types: () => types });
