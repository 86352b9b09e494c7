/**
 * Writes docs/extend.api.md: the declarations of everything that src/extend.ts exports, and of the types of ours that they refer
 * to. A change of the surface for applications is then a diff. With --check, writes nothing and fails when it is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import ts from 'typescript';

const ROOT = resolve('src');
const REPORT = 'docs/extend.api.md';

/** Emits the declarations of src/extend.ts and of all files that it imports, by their paths. */
const emitDeclarations = (): Map<string, string> => {
  const { config } = ts.readConfigFile('tsconfig.json', (file) => ts.sys.readFile(file)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, '.');
  const program = ts.createProgram(['src/extend.ts'], {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: ROOT,
    rootDir: ROOT,
  });
  const texts = new Map<string, string>();
  program.emit(undefined, (name, text) => texts.set(resolve(name), text), undefined, true);
  return texts;
};

/** Reads the emitted declarations as a program of their own, without writing them. */
const programOf = (texts: ReadonlyMap<string, string>): ts.Program => {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
    types: ['node'],
  };
  const files = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...files,
    fileExists: (name) => texts.has(resolve(name)) || (!isOwn(name) && files.fileExists(name)),
    readFile: (name) => texts.get(resolve(name)) ?? files.readFile(name),
    getSourceFile: (name, version, ...rest) => {
      const text = texts.get(resolve(name));
      return text === undefined
        ? files.getSourceFile(name, version, ...rest)
        : ts.createSourceFile(name, text, version, true, ts.ScriptKind.TS);
    },
  };
  return ts.createProgram([resolve(ROOT, 'extend.d.ts')], options, host);
};

const isOwn = (file: string): boolean => resolve(file).startsWith(`${ROOT}/`);

const texts = emitDeclarations();
const program = programOf(texts);
const checker = program.getTypeChecker();

const resolveAlias = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** Returns the statements of ours that declare a symbol. A generated client or a package is somebody else's. */
const statementsOf = (symbol: ts.Symbol): ts.Node[] =>
  (symbol.declarations ?? [])
    .filter(
      (node) => isOwn(node.getSourceFile().fileName) && !/\/(generated|app)\//.test(node.getSourceFile().fileName),
    )
    .map((node) => (ts.isVariableDeclaration(node) ? node.parent.parent : node))
    .filter((node) => node.parent.kind === ts.SyntaxKind.SourceFile);

/** Returns the symbols of ours that a declaration names. */
const referencesOf = (node: ts.Node): ts.Symbol[] => {
  const found: ts.Symbol[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isIdentifier(child)) {
      const symbol = checker.getSymbolAtLocation(child);
      if (symbol) found.push(resolveAlias(symbol));
    }
    ts.forEachChild(child, visit);
  };
  visit(node);
  return found;
};

/** The text of a declaration: without its keywords `export` and `declare`, which all have, and without private members. */
const textOf = (node: ts.Node): string =>
  node
    .getText()
    .replace(/^(?:export )?(?:declare )?/, '')
    .replaceAll(/^ +(?:#private|private [^\n]*);\n/gm, '');

const exported = new Map<string, ts.Symbol>();
const entry = program.getSourceFile(resolve(ROOT, 'extend.d.ts'));
const module = entry && checker.getSymbolAtLocation(entry);
if (!module) throw new Error('src/extend.ts exports nothing.');
for (const symbol of checker.getExportsOfModule(module)) exported.set(symbol.name, resolveAlias(symbol));

const blocksOf = (symbols: ReadonlyMap<string, ts.Symbol>): string =>
  [...symbols]
    .sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
    .map(([name, symbol]) => {
      const statements = [...new Set(statementsOf(symbol))].map(textOf).join('\n');
      return `### ${name}\n\n\`\`\`ts\n${statements}\n\`\`\``;
    })
    .join('\n\n');

const referenced = new Map<string, ts.Symbol>();
const seen = new Set(exported.values());
const pending = [...seen];
for (let symbol = pending.pop(); symbol; symbol = pending.pop()) {
  for (const reference of statementsOf(symbol).flatMap(referencesOf)) {
    // The values of constants such as the roles depend on the application, and only their types are part of the interface.
    const isConstant = (reference.flags & ts.SymbolFlags.Variable) !== 0;
    if (isConstant || seen.has(reference) || statementsOf(reference).length === 0) continue;
    seen.add(reference);
    referenced.set(reference.name, reference);
    pending.push(reference);
  }
}

const report = `# The interface of src/extend.ts

<!-- Written by \`npm run extend-api\`. Change the source, not this file. -->

Everything that an application may import, and below it the types that these declarations refer to. Changes follow semantic
versioning.

## Exports

${blocksOf(exported)}

## Types that they refer to

${blocksOf(referenced)}
`;

if (!process.argv.includes('--check')) {
  writeFileSync(REPORT, report);
} else if (readFileSync(REPORT, 'utf8') !== report) {
  process.stderr.write(`${REPORT} is out of date: run \`npm run extend-api\` and review the diff.\n`);
  process.exitCode = 1;
}
