import { isEnumType, isScalarType } from 'graphql';
import { getMetadataStorage } from 'type-graphql';

import { classChainOf, type Target } from '../authorization/rule.js';

/** A type of the schema, as the code declares it. */
export interface Declaration {
  readonly kind: 'Type' | 'Interface' | 'Input' | 'Enum' | 'Union' | 'Scalar';
  readonly name: string;
  /** The class that declares it; undefined for what no class declares. */
  readonly className: string | undefined;
}

/** The types that resolvers use, by what declares them: a class, the object of an enum, the symbol of a union, or a scalar. */
export type Declarations = ReadonlyMap<unknown, Declaration>;

/**
 * Finds every type that resolvers use, directly or through another type. type-graphql keeps the types of the whole process in
 * one place, ours and the application's: only the resolvers tell them apart.
 *
 * @param others what no resolver uses and the schema contains nevertheless
 */
export const declarationsOf = (resolvers: readonly Target[], others: readonly unknown[] = []): Declarations => {
  const found = new Map<unknown, Declaration>();
  const visited = new Set<unknown>();
  const pending = [...others, ...referencesIn(resolvers.flatMap(classChainOf))];
  while (pending.length > 0) {
    const value = pending.pop();
    if (visited.has(value)) continue;
    visited.add(value);
    const declaration = declarationOf(value);
    if (declaration) found.set(value, declaration);
    pending.push(...referencesOf(value));
  }
  return found;
};

const declarationOf = (value: unknown): Declaration | undefined => {
  if (isScalarType(value)) return { kind: 'Scalar', name: value.name, className: undefined };
  if (isEnumType(value)) return { kind: 'Enum', name: value.name, className: undefined };
  const { objectTypes, interfaceTypes, inputTypes, enums, unions } = getMetadataStorage();
  const className = typeof value === 'function' ? value.name : undefined;
  const declared = [
    ...objectTypes.map(({ name, target }) => ({ kind: 'Type', name, value: target }) as const),
    ...interfaceTypes.map(({ name, target }) => ({ kind: 'Interface', name, value: target }) as const),
    ...inputTypes.map(({ name, target }) => ({ kind: 'Input', name, value: target }) as const),
    ...enums.map(({ name, enumObj }) => ({ kind: 'Enum', name, value: enumObj }) as const),
    ...unions.map(({ name, symbol }) => ({ kind: 'Union', name, value: symbol }) as const),
  ].find((entry) => entry.value === value);
  return declared && { kind: declared.kind, name: declared.name, className };
};

/** Returns what a type refers to: the types of its fields, of their arguments, and those that it extends or combines. */
const referencesOf = (value: unknown): unknown[] => {
  if (typeof value === 'symbol') {
    return (
      getMetadataStorage()
        .unions.find(({ symbol }) => symbol === value)
        ?.getClassTypes() ?? []
    );
  }
  if (typeof value !== 'function') return [];
  const chain = classChainOf(value);
  const { objectTypes, interfaceTypes } = getMetadataStorage();
  const interfaces = [...objectTypes, ...interfaceTypes]
    .filter(({ target }) => target === value)
    .flatMap(({ interfaceClasses = [] }) => interfaceClasses);
  return [...chain, ...interfaces, ...referencesIn(chain)];
};

/** Returns the types that the fields, methods and arguments of classes name. */
const referencesIn = (classes: readonly object[]): unknown[] => {
  const { queries, mutations, subscriptions, fieldResolvers, resolverClasses, fields, params } = getMetadataStorage();
  const isIn = ({ target }: { readonly target: object }) => classes.includes(target);
  const extended = resolverClasses.filter(
    (it) => isIn(it) && fieldResolvers.some(({ target }) => target === it.target),
  );
  return [
    ...[...queries, ...mutations, ...subscriptions].filter(isIn).map(({ getReturnType }) => getReturnType()),
    ...fieldResolvers.filter(isIn).map(({ getType }) => getType?.()),
    ...extended.map(({ getObjectType }) => getObjectType()),
    ...fields.filter(isIn).map(({ getType }) => getType()),
    ...params
      .filter(isIn)
      .map((param) => (param.kind === 'arg' || param.kind === 'args' ? param.getType() : undefined)),
  ];
};
