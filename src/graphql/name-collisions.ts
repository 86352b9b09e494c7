import { getMetadataStorage } from 'type-graphql';

import { classChainOf, type Target } from '../authorization/rule.js';
import { OperatorError } from '../errors.js';
import type { Declaration, Declarations } from './declarations.js';

/** What a schema is built from: resolvers, and the types that they use. */
export interface SchemaPart {
  readonly resolvers: readonly Target[];
  readonly declarations: Declarations;
}

const rootTypes: readonly Declaration[] = ['Query', 'Mutation', 'Subscription'].map((name) => ({
  kind: 'Type',
  name,
  className: undefined,
}));

/**
 * Checks that the application takes no name of ours. type-graphql would let the last of two root fields win, and the field of
 * an application could so take the place of a protected one.
 *
 * @throws OperatorError that names both
 */
export const assertNoCollision = (own: SchemaPart, application: SchemaPart): void => {
  assertNoTypeCollision(own.declarations, application.declarations);
  const { queries, mutations, subscriptions } = getMetadataStorage();
  assertNoRootCollision('Query', queries, own, application);
  assertNoRootCollision('Mutation', mutations, own, application);
  assertNoRootCollision('Subscription', subscriptions, own, application);
  assertNoFieldCollision(own, application);
};

const assertNoTypeCollision = (own: Declarations, application: Declarations): void => {
  const ownByName = new Map([...rootTypes, ...own.values()].map((declaration) => [declaration.name, declaration]));
  for (const [declared, { kind, name, className }] of application) {
    const ours = ownByName.get(name);
    if (!ours || own.has(declared)) continue;
    const declaredBy = className === undefined ? '' : ` (class ${className})`;
    throw collision(`${kind} "${name}" of src/app${declaredBy}`, `${ours.kind.toLowerCase()} ${name}`);
  }
};

interface Handler {
  readonly schemaName: string;
  readonly methodName: string;
  readonly target: object;
}

const assertNoRootCollision = (
  type: string,
  handlers: readonly Handler[],
  own: SchemaPart,
  application: SchemaPart,
): void => {
  for (const handler of handlersOf(application, handlers)) {
    const ours = handlersOf(own, handlers).find(({ schemaName }) => schemaName === handler.schemaName);
    const name = `${type}.${handler.schemaName}`;
    if (ours) throw collision(`${name} of src/app (${methodOf(handler)})`, `${name} (${methodOf(ours)})`);
  }
};

/** A field that an application adds to one of our types must not replace one that the type has. */
const assertNoFieldCollision = (own: SchemaPart, application: SchemaPart): void => {
  const { fields, fieldResolvers, resolverClasses } = getMetadataStorage();
  const typeOf = (resolver: object) => resolverClasses.find(({ target }) => target === resolver)?.getObjectType();
  for (const resolver of handlersOf(application, fieldResolvers)) {
    const type = typeOf(resolver.target);
    const declaration = own.declarations.get(type);
    if (!type || !declaration) continue;
    const classes = classChainOf(type);
    const isTaken =
      fields.some(({ target, schemaName }) => classes.includes(target) && schemaName === resolver.schemaName) ||
      handlersOf(own, fieldResolvers).some(
        ({ target, schemaName }) => typeOf(target) === type && schemaName === resolver.schemaName,
      );
    const name = `${declaration.name}.${resolver.schemaName}`;
    if (isTaken) throw collision(`${name} of src/app (${methodOf(resolver)})`, name);
  }
};

const handlersOf = <H extends Handler>({ resolvers }: SchemaPart, handlers: readonly H[]): H[] => {
  const classes = resolvers.flatMap(classChainOf);
  return handlers.filter(({ target }) => classes.includes(target));
};

const methodOf = ({ target, methodName }: Handler) => `${(target as Target).name}.${methodName}`;

const collision = (theirs: string, ours: string) =>
  new OperatorError(`${theirs} collides with Gatehouse's ${ours}. Choose another name.`);
