/**
 * The import rules: an allow-list with one row per layer (docs/architecture.md). An import of a type counts as much as an
 * import of a value, unless a rule says otherwise. `npm run check` prints the `comment` of each broken rule, and
 * test/architecture.test.ts proves that every rule finds a file that breaks it.
 */

/** What every layer except app/ may import. */
const shared = {
  'values/': '^src/values/',
  'errors.ts': '^src/errors\\.ts$',
  'app/roles.ts': '^src/app/roles\\.ts$',
  'app/errors.ts': '^src/app/errors\\.ts$',
};

/** Each layer with what it may import besides `shared` and its own files, and the reason. */
const layers = [
  ['values', [], 'A value has no dependencies, so that every layer can use it.'],
  ['config', [], 'The configuration is read before anything else exists.'],
  ['languages', [], 'Translations are plain data.'],
  ['security', [], 'The security primitives are tested without a database and without a server.'],
  ['store', [], 'Data access makes no decisions and checks no secrets.'],
  ['mail', ['security/', 'store/', 'languages/', 'config/'], 'Mail is sent without a request.'],
  ['auth', ['security/', 'store/', 'mail/', 'config/'], 'Resolvers, commands and tests call the same flows.'],
  ['authorization', [], 'Rules are data, and are enforced without knowledge of what they protect.'],
  ['graphql', ['auth/', 'authorization/'], 'A resolver calls a flow and contains no other logic.'],
  ['http', ['graphql/', 'authorization/', 'auth/auth.ts', 'config/', 'languages/'], 'http/ is the wire protocol only.'],
  ['commands', ['auth/', 'server/', 'config/', 'security/'], 'A command calls flows and does not bypass them.'],
  ['app', ['extend.ts'], 'extend.ts is the only interface that upgrades keep stable.'],
];

/** The folders and files of auth/ by level, from the lowest to the highest. */
const authLevels = [
  ['caller', 'client-info', 'database-errors', 'database-clock', 'page', 'public-settings'],
  ['audit'],
  ['keys'],
  ['access', 'job-queue'],
  ['unit-of-work', 'rate-limits'],
  ['application'],
  ['sessions'],
  ['password-checks', 'email-links', 'administrators'],
  ['login', 'passwords', 'email', 'accounts', 'users', 'mail'],
  ['retention', 'auth'],
];

/** The features: a folder of graphql/ has the name of a folder of auth/. */
const features = ['sessions', 'login', 'passwords', 'email', 'accounts', 'users', 'administrators'];

/** Commands that open no database. */
const databaseFreeCommands = '^src/commands/(token|secret|hash)\\.ts$';

const prismaPackages =
  '(^|node_modules/)(@prisma/|prisma$|prisma/|pglite-prisma-adapter|@electric-sql/pglite)|^src/store/generated(-application)?/';
const graphqlPackages = '(^|node_modules/)(graphql|graphql-[a-z]+|type-graphql|@apollo/[a-z-]+)(/|$)';
const httpPackages = '(^|node_modules/)(fastify|@fastify/[a-z-]+|@as-integrations/[a-z-]+)(/|$)';

/** Test files of the application, which may import any package. */
const testsOfApp = '^test/app/';

const pathOf = (name) => `^src/${name.replaceAll('.', '\\.')}${name.endsWith('/') ? '' : '$'}`;
const inAuth = (names, own = '') => `^src/auth/(${names.join('|')})(/|\\.ts$)${own}`;
const list = (names) => names.join(', ').replace(/, ([^,]*)$/, ' and $1');

/** A rule about imports. */
const importRule = (name, comment, from, to) => ({
  name,
  severity: 'error',
  comment,
  from,
  to,
});

/**
 * A rule about where a file is. dependency-cruiser has no such rule: this one finds the files of these paths that have fewer
 * than 100 dependents, the highest number that it accepts.
 */
const placeRule = (name, comment, path, pathNot) => ({
  name,
  severity: 'error',
  comment,
  module: { path, pathNot, numberOfDependentsLessThan: 100 },
  from: {},
});

const layerRule = ([layer, allowed, reason]) => {
  const sharedNames = layer === 'app' ? [] : Object.keys(shared);
  const others = list([...allowed, ...sharedNames.filter((name) => name !== `${layer}/`)]);
  return importRule(
    `${layer}-imports`,
    `${layer}/ may import only its own files, ${others}. ${reason}`,
    { path: `^src/${layer}/` },
    {
      path: '^src/',
      pathNot: [`^src/${layer}/`, ...allowed.map(pathOf), ...sharedNames.map((name) => shared[name])],
    },
  );
};

const authLevelRule = (names, level) => {
  const lower = authLevels.slice(0, level).flat();
  return importRule(
    `auth-level-${level + 1}`,
    level === 0
      ? `In auth/, ${list(names)} may not import anything else of auth/.`
      : `In auth/, ${list(names)} may import only their own files and those of lower levels: ${list(lower)}. Code that two folders of one level share moves to a lower level.`,
    { path: inAuth(names) },
    {
      path: '^src/auth/',
      pathNot: ['^src/auth/$1(/|\\.ts$)', ...(lower.length > 0 ? [inAuth(lower)] : [])],
    },
  );
};

const typeOnlyConfigRule = (layer) =>
  importRule(
    `${layer}-config-type`,
    `${layer}/ may import the type Config only. The values that it needs are passed to it.`,
    { path: `^src/${layer}/` },
    { path: '^src/config/', dependencyTypesNot: ['type-only'] },
  );

module.exports = {
  forbidden: [
    importRule(
      'no-file-cycle',
      'Files must not import each other in a cycle: none of them could be understood, tested or loaded without the others.',
      {},
      { circular: true },
    ),
    {
      ...importRule(
        'no-folder-cycle',
        'Folders must not import each other in a cycle. Move the code that both need to a folder below.',
        {},
        { circular: true },
      ),
      scope: 'folder',
    },
    importRule(
      'resolvable',
      'An import must resolve to a file or to a package of package.json.',
      { pathNot: ['^test/app/generated/'] },
      {
        couldNotResolve: true,
      },
    ),
    importRule(
      'no-development-dependency',
      'src/ must not import a development dependency: the production image does not contain it. What development alone uses is loaded only where it is installed.',
      { pathNot: [testsOfApp, '^src/http/explorer/explorer-assets\\.ts$', '^src/server/terminal-log\\.ts$'] },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    importRule(
      'prisma-in-store',
      'Only store/ may import Prisma and PGlite.',
      { pathNot: ['^src/store/', testsOfApp] },
      { path: prismaPackages },
    ),
    importRule(
      'graphql-packages',
      'Only authorization/, graphql/, http/, server/ and app/ may import GraphQL packages.',
      { pathNot: ['^src/(authorization|graphql|http|server|app)/', '^src/extend\\.ts$', testsOfApp] },
      { path: graphqlPackages },
    ),
    importRule(
      'http-packages',
      'Only http/, server/ and app/ may import Fastify packages.',
      { pathNot: ['^src/(http|server|app)/', '^src/extend\\.ts$', testsOfApp] },
      { path: httpPackages },
    ),
    ...layers.map(layerRule),
    importRule(
      'errors-imports',
      'errors.ts may import only values/, app/roles.ts and app/errors.ts, because every layer imports it.',
      { path: '^src/errors\\.ts$' },
      { path: '^src/', pathNot: Object.values(shared) },
    ),
    importRule(
      'app-data-imports',
      'app/roles.ts and app/errors.ts are plain data and import nothing, because every layer may import them.',
      { path: '^src/app/(roles|errors)\\.ts$' },
      {},
    ),
    importRule(
      'test-app-imports',
      'test/app/ may import only its own files, src/app/, src/extend.ts and test/kit.ts, the interfaces that upgrades keep stable.',
      { path: testsOfApp },
      {
        path: '^(src|test|scripts|bench|examples)/',
        pathNot: [testsOfApp, '^test/kit\\.ts$', '^src/app/', '^src/extend\\.ts$'],
      },
    ),
    typeOnlyConfigRule('mail'),
    typeOnlyConfigRule('auth'),
    importRule(
      'commands-security',
      'Only a command that opens no database may import security/: token, secret and hash.',
      { path: '^src/commands/', pathNot: [databaseFreeCommands] },
      { path: '^src/security/' },
    ),
    importRule(
      'entry-points',
      'Nothing may import main.ts or cli.ts: loading them starts the program.',
      {},
      {
        path: '^src/(main|cli)\\.ts$',
      },
    ),
    ...authLevels.map(authLevelRule),
    placeRule(
      'top-level-folders',
      `A file of src/ belongs into one of the layers: ${list(layers.map(([layer]) => `${layer}/`))}, or server/.`,
      '^src/',
      ['^src/(main|cli|errors|extend)\\.ts$', `^src/(${layers.map(([layer]) => layer).join('|')}|server)/`],
    ),
    placeRule(
      'auth-folders',
      `A file of auth/ belongs into a folder that has a level: ${list(authLevels.flat())}.`,
      '^src/auth/',
      [inAuth(authLevels.flat())],
    ),
    placeRule(
      'graphql-files',
      `A folder of graphql/ has the name of a feature (${list(features)}) and contains <name>.resolver.ts and <name>.types.ts only.`,
      '^src/graphql/[^/]+/',
      features.map((name) => `^src/graphql/${name}/${name}\\.(resolver|types)\\.ts$`),
    ),
    placeRule(
      'no-catch-all',
      'No file or folder is called utils, helpers, common, services, types or index: name it by what it contains.',
      '(^|/)(utils?|helpers?|common|services?|types|index)(/|\\.ts$)',
      ['node_modules', '^src/store/generated(-application)?/'],
    ),
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^src/store/generated(-application)?/', '^test/(kit\\.ts$|support/)'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
