/**
 * How TypeScript becomes JavaScript when it is run (scripts/typescript.mjs) and when it is tested (jest.config.js). The build
 * is tsc's. Decorators emit their metadata, which type-graphql reads its types from.
 *
 * @type {import('@swc/core').Options}
 */
export default {
  swcrc: false,
  jsc: {
    target: 'es2023',
    keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, verbatimModuleSyntax: true },
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};
