/**
 * The import law. It forbids, it does not list what is allowed; types count as much as values do, unless a rule says
 * otherwise. test/architecture.test.ts shows of every rule that it bites.
 *
 * `app/roles.ts` is plain data and open to every floor.
 */
const prisma =
  '(^|node_modules/)(@prisma/|prisma$|prisma/|pglite-prisma-adapter|@electric-sql/pglite)|^src/store/generated/';
const graphqlPackages = '(^|node_modules/)(graphql|graphql-[a-z]+|type-graphql|@apollo/[a-z-]+)(/|$)';
const httpPackages = '(^|node_modules/)(fastify|@fastify/[a-z-]+|@as-integrations/[a-z-]+)(/|$)';

/** What constructs and starts, and is never imported from below. */
const top = '((cli|main)\\.ts$|server/|commands/)';
/** Narrows a rule to imports that are there when the program runs. */
const asValues = { dependencyTypesNot: ['type-only'] };

module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      severity: 'error',
      comment: 'Files that import each other cannot be understood, tested or loaded apart.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'An import that leads nowhere fails when it is reached, not when it is written.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-dependency',
      severity: 'error',
      comment: 'The production image has no development dependencies.',
      from: {},
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'prisma-stays-in-store',
      severity: 'error',
      comment: 'Only store/ knows which library talks to which database.',
      from: { pathNot: '^src/store/' },
      to: { path: prisma },
    },
    {
      name: 'security-knows-errors-only',
      severity: 'error',
      comment: 'Proofs are tested without a database and without a server.',
      from: { path: '^src/security/' },
      to: { path: '^src/', pathNot: ['^src/(security|values)/', '^src/errors\\.ts$', '^src/app/roles\\.ts$'] },
    },
    {
      name: 'store-knows-nothing-of-ours',
      severity: 'error',
      comment: 'Rows without a policy: it throws its own two errors, which auth/ translates.',
      from: { path: '^src/store/' },
      to: { path: '^src/', pathNot: ['^src/store/', '^src/errors\\.ts$', '^src/app/roles\\.ts$'] },
    },
    {
      name: 'flows-know-no-protocol',
      severity: 'error',
      comment: 'A flow, and what it stands on, is called by a resolver, by a command and by a test alike.',
      from: { path: '^src/(auth|mail|security|store)/' },
      to: { path: ['^src/(graphql|http|contract)/', `^src/${top}`, graphqlPackages, httpPackages] },
    },
    {
      name: 'flows-share-types-only',
      severity: 'error',
      comment: 'auth/ stands on mail/, never the reverse, and the configuration is handed to both.',
      from: { path: '^src/(auth|mail)/' },
      to: { path: '^src/(auth/|config(/|\\.ts$))', pathNot: '^src/$1/', ...asValues },
    },
    {
      name: 'contract-knows-no-floor',
      severity: 'error',
      comment: 'Rules are data: what enforces and what prints them reads the same, whoever is behind.',
      from: { path: '^src/contract/' },
      to: { path: ['^src/(auth|mail|store|security|http|graphql)/', `^src/${top}`] },
    },
    {
      name: 'graphql-asks-the-flows',
      severity: 'error',
      comment: 'A resolver has no logic of its own, and so nothing to ask a database or a key for.',
      from: { path: '^src/graphql/' },
      to: { path: ['^src/(store|security|http)/', `^src/${top}`, httpPackages] },
    },
    {
      name: 'http-is-the-wire',
      severity: 'error',
      comment: 'Of the flows it knows their one entrance.',
      from: { path: '^src/http/' },
      to: { path: ['^src/(store|security|mail)/', '^src/auth/(?!auth\\.ts$)', `^src/${top}`] },
    },
    {
      name: 'app-is-the-adopters',
      severity: 'error',
      comment: 'What an adopter writes is handed in by gatehouse.ts, so that an upgrade never touches it.',
      from: { path: '^src/', pathNot: ['^src/server/gatehouse\\.ts$', '^src/app/'] },
      to: { path: '^src/app/', pathNot: '^src/app/roles\\.ts$' },
    },
    {
      name: 'app-stands-on-the-contract',
      severity: 'error',
      comment: 'An application reaches users through the contract and the hooks, never past them.',
      from: { path: '^src/app/' },
      to: { path: ['^src/(http|mail|security|store)/', `^src/${top}`] },
    },
    {
      name: 'app-knows-types-of-flows',
      severity: 'error',
      comment: 'Of auth/ an application knows the types of its hooks.',
      from: { path: '^src/app/' },
      to: { path: '^src/auth/', ...asValues },
    },
    {
      name: 'starting-is-at-the-top',
      severity: 'error',
      comment: 'Loading main.ts or cli.ts starts something, so nobody loads them.',
      from: {},
      to: { path: '^src/(main|cli)\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^src/store/generated/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
