import ts from 'typescript';

/** A part of a file that has to be replaced. */
interface Edit {
  readonly position: number;
  readonly text: string;
}

/**
 * Adds a property to the object that a file exports under a name.
 *
 * @param property its text, without a comma
 * @returns the new text; undefined when there is no such object literal
 */
export const addProperty = (source: string, exportName: string, property: string): string | undefined => {
  const literal = findInitializer(source, exportName);
  return literal && ts.isObjectLiteralExpression(literal)
    ? applyEdits(source, [appendingEdit(source, literal, literal.properties, property)])
    : undefined;
};

/**
 * Adds an element to the array that a file exports under a name, and the import that the element needs.
 *
 * @returns the new text; undefined when there is no such array literal
 */
export const addElement = (
  source: string,
  exportName: string,
  { element, importLine }: { readonly element: string; readonly importLine: string },
): string | undefined => {
  const literal = findInitializer(source, exportName);
  if (!literal || !ts.isArrayLiteralExpression(literal)) return undefined;
  const lastImport = parse(source).statements.findLast(ts.isImportDeclaration);
  const importEdit = lastImport
    ? { position: lastImport.end, text: `\n${importLine}` }
    : { position: 0, text: `${importLine}\n\n` };
  return applyEdits(source, [importEdit, appendingEdit(source, literal, literal.elements, element)]);
};

const parse = (source: string): ts.SourceFile => ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true);

/** The value of an exported constant, without `as const` and `satisfies`. */
const findInitializer = (source: string, exportName: string): ts.Expression | undefined => {
  const declarations = parse(source)
    .statements.filter(ts.isVariableStatement)
    .filter(({ modifiers }) => modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .flatMap(({ declarationList }) => [...declarationList.declarations]);
  let value = declarations.find(({ name }) => ts.isIdentifier(name) && name.text === exportName)?.initializer;
  while (value && (ts.isAsExpression(value) || ts.isSatisfiesExpression(value) || ts.isParenthesizedExpression(value)))
    value = value.expression;
  return value;
};

/** After the last element, or its comma, so that comments behind it stay where they are. */
const appendingEdit = (source: string, literal: ts.Expression, elements: ts.NodeArray<ts.Node>, text: string): Edit => {
  const last = elements.at(-1);
  if (!last) return { position: literal.getStart() + 1, text: `\n${text},\n` };
  return elements.hasTrailingComma
    ? { position: source.indexOf(',', last.end) + 1, text: `\n${text},` }
    : { position: last.end, text: `,\n${text}` };
};

const applyEdits = (source: string, edits: readonly Edit[]): string =>
  edits
    .toSorted((a, b) => b.position - a.position)
    .reduce((text, { position, text: added }) => text.slice(0, position) + added + text.slice(position), source);
