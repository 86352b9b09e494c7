import graphql from '@graphql-eslint/eslint-plugin';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const environmentOnlyInConfig = {
  'no-restricted-properties': [
    'error',
    { object: 'process', property: 'env', message: 'The environment is read in src/config/config.ts only.' },
  ],
  'no-restricted-imports': [
    'error',
    {
      paths: ['process', 'node:process'].map((name) => ({ name, message: 'Use the global `process`.' })),
    },
  ],
};

const everyTestRuns = ['only', 'skip', 'todo'].flatMap((modifier) =>
  ['it', 'test', 'describe'].map((object) => ({
    object,
    property: modifier,
    message: 'Every test that is written is run.',
  })),
);

export default defineConfig(
  globalIgnores([
    'dist/',
    'coverage/',
    '.data/',
    '.node/',
    'src/store/generated/',
    'src/store/generated-application/',
    'test/support/generated/',
    'test/app/generated/',
    'examples/clients/possible-types.ts',
    // Checked where it is laid over a clone.
    'examples/projects/{src,test}/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // type-graphql's types and inputs are classes without behaviour, its resolvers classes without state.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // A resolver returns plain objects for the classes of type-graphql, and nothing checks their class.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A password is counted in code points (NIST SP 800-63B-4), which is what spreading it gives.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // Numbers and booleans read well in a message; objects do not.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config/config.ts'],
    rules: environmentOnlyInConfig,
  },
  {
    // A module of the application adds the members of these interfaces.
    files: ['src/values/application-types.ts', 'src/app/**/*.ts'],
    rules: { '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'always' }] },
  },
  {
    // What runs on the server says what it has to say in the log, where secrets are redacted.
    files: ['src/**/*.ts'],
    ignores: ['src/main.ts', 'src/cli.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    // A test may; a generator has no other form.
    files: ['src/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'FunctionDeclaration[generator=false]',
          message: 'A function is `const name = (…): T => …`; only a generator is declared.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', ...everyTestRuns],
      'no-restricted-globals': [
        'error',
        ...['fit', 'fdescribe', 'ftest', 'xit', 'xdescribe', 'xtest'].map((name) => ({
          name,
          message: 'Every test that is written is run.',
        })),
      ],
    },
  },
  {
    // What Apollo Client 3 marks as deprecated is what 4 has no more; there is no other way in 3.
    files: ['examples/clients/apollo-3.ts'],
    rules: { '@typescript-eslint/no-deprecated': 'off' },
  },
  {
    files: ['schema.graphql'],
    languageOptions: { parser: graphql.parser },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          ignoredSelectors: ['ObjectTypeDefinition[name.value=/^(Query|Mutation)$/]'],
        },
      ],
      '@graphql-eslint/require-deprecation-reason': 'error',
    },
  },
);
