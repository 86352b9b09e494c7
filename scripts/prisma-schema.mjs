/**
 * Reads the parts of a Prisma schema that composing needs: its blocks, and the fields and attributes in them, each with its line.
 * What Prisma itself rejects is left to Prisma.
 *
 * @typedef {{ line: number, text: string, code: string }} Entry A field or an attribute; `code` is the text without comments.
 * @typedef {{ isExtension: boolean, kind: string, name: string, line: number, endLine: number, entries: Entry[] }} Block
 */

/** Matches the beginning of a block: `model Task {`, `extend model User {`. */
const blockStart = /^\s*(extend\s+)?(\w+)\s+(\w+)\s*\{/;

/**
 * Splits a schema into its blocks.
 *
 * @param {string} text
 * @returns {Block[]}
 */
export const readBlocks = (text) => {
  const blocks = [];
  let block;
  let open;
  for (const [index, source] of text.split('\n').entries()) {
    const line = index + 1;
    const code = withoutComment(source);
    if (!block) {
      const [, extend, kind, name] = blockStart.exec(code) ?? [];
      if (name === undefined) continue;
      block = { isExtension: extend !== undefined, kind, name, line, endLine: line, entries: [] };
      if (/\}\s*$/.test(code)) block = void blocks.push(block);
    } else if (!open && /^\s*\}\s*$/.test(code)) {
      blocks.push({ ...block, endLine: line });
      block = undefined;
    } else if (open || code.trim() !== '') {
      // The arguments of an attribute may go on in the next lines.
      open = open
        ? { line: open.line, text: `${open.text} ${source.trim()}`, code: `${open.code} ${code.trim()}` }
        : { line, text: source, code: code.trim() };
      if (isComplete(open.code)) {
        block.entries.push(open);
        open = undefined;
      }
    }
  }
  return blocks;
};

const literal = /"(?:[^"\\]|\\.)*"/g;

/** @param {string} line */
const withoutComment = (line) => {
  const masked = line.replace(literal, (text) => '"'.padEnd(text.length, '"'));
  const start = masked.indexOf('//');
  return start === -1 ? line : line.slice(0, start);
};

/** @param {string} code */
const isComplete = (code) => {
  const bare = code.replace(literal, '');
  return bare.split(/[([]/).length <= bare.split(/[)\]]/).length;
};

/**
 * Parses a field.
 *
 * @param {Entry} entry
 * @returns {{ name: string, type: string, isList: boolean, isOptional: boolean, attributes: string } | undefined} undefined for an
 *   attribute of the block
 */
export const fieldOf = ({ code }) => {
  const found = /^(\w+)\s+(\w+)(\[\])?(\?)?(.*)$/s.exec(code);
  if (!found) return undefined;
  const [, name, type, list, optional, attributes] = found;
  return { name, type, isList: list !== undefined, isOptional: optional !== undefined, attributes };
};

/**
 * Returns the arguments of an attribute, such as `@relation`, as text; undefined without the attribute.
 *
 * @param {string} code
 * @param {string} attribute
 */
export const argumentsOf = (code, attribute) => {
  const start = new RegExp(`(?<![@\\w])${attribute}(?![\\w.])`).exec(code);
  if (!start) return undefined;
  const rest = code.slice(start.index + attribute.length).trimStart();
  if (!rest.startsWith('(')) return '';
  let depth = 0;
  const masked = rest.replace(literal, (text) => '"'.padEnd(text.length, '"'));
  for (let end = 0; end < masked.length; end += 1) {
    if (masked[end] === '(') depth += 1;
    if (masked[end] === ')') depth -= 1;
    if (depth === 0) return rest.slice(1, end);
  }
  return rest.slice(1);
};

/**
 * Returns the names in the list of an argument: `fields: [a, b]`, or `[a, b]` without a name.
 *
 * @param {string} args
 * @param {string} [name]
 */
export const listOf = (args, name) => {
  const found = new RegExp(`${name === undefined ? '(?:^|fields\\s*:\\s*)' : `${name}\\s*:\\s*`}\\[([^\\]]*)\\]`).exec(
    args.trim(),
  );
  return found?.[1]?.match(/\w+/g) ?? [];
};

/**
 * Returns the text of an argument: `map: "user"`, or `"user"` without a name.
 *
 * @param {string} args
 * @param {string} name
 */
export const textOf = (args, name) =>
  (new RegExp(`(?<!\\w)${name}\\s*:\\s*"((?:[^"\\\\]|\\\\.)*)"`).exec(args) ??
    /^\s*"((?:[^"\\]|\\.)*)"/.exec(args))?.[1];
