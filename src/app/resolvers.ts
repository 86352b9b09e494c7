/** A class with type-graphql decorators, such as `@Resolver()`. */
type ResolverClass = abstract new (...args: never[]) => unknown;

/** Your resolvers. Each of their root fields states `@Authorized(…)` or `@Public("reason")`, which `../extend.js` exports. */
export const resolvers: readonly ResolverClass[] = [];
