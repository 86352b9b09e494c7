import ts from 'typescript';

import { script } from '../../../src/http/pages/script.js';

const options: ts.CompilerOptions = {
  allowJs: true,
  checkJs: true,
  strict: true,
  noEmit: true,
  noImplicitReturns: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: [],
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
};

/** Compiles a text as the script of a page, and returns the errors. */
const compilerErrorsOf = (text: string): string[] => {
  const name = '/script.js';
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...others) =>
    file === name ? ts.createSourceFile(name, text, others[0]) : read(file, ...others);
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([name], options, host));
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
};

describe('the script of the pages', () => {
  it('compiles without errors', () => {
    expect(compilerErrorsOf(script)).toEqual([]);
  });

  it('would not compile if it assumed that an element exists', () => {
    expect(compilerErrorsOf(script.replace('password?.focus()', 'password.focus()'))).toEqual([
      "'password' is possibly 'null'.",
    ]);
  });

  it('writes no HTML, stores nothing and loads nothing', () => {
    expect(script).not.toMatch(
      /innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(|import|Storage|cookie/,
    );
  });
});
