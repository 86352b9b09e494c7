import type { ResolverClass } from '../graphql/schema.js';

/** Your resolvers. Each root field in them states `@Authorized(…)` or `@Public("reason")`. */
export const resolvers: readonly ResolverClass[] = [];
