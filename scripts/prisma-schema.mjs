/**
 * Reads the parts of a Prisma schema that composing needs: its blocks, and the fields and attributes in them, each with its line.
 * What Prisma itself rejects is left to Prisma.
 *
 * @typedef {{ line: number, code: string }} Entry A field or an attribute of a block, without comments.
 * @typedef {{ isExtension: boolean, kind: string, name: string, line: number, endLine: number, isMalformed: boolean, entries: Entry[] }} Block
 *   A block is malformed if an entry of it is in the line of one of its braces.
 */

/** Matches the beginning of a block: `model Task {`, `extend model User {`. */
const blockStart = /^\s*(extend\s+)?(\w+)\s+(\w+)\s*\{(.*)$/;

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
  for (const [index, code] of withoutComments(text).split(/\r?\n/).entries()) {
    const line = index + 1;
    if (!block) {
      const [, extend, kind, name, rest] = blockStart.exec(code) ?? [];
      if (name === undefined) continue;
      const isMalformed = rest.trim() !== '';
      block = { isExtension: extend !== undefined, kind, name, line, endLine: line, isMalformed, entries: [] };
      if (!isClosing(rest)) continue;
      blocks.push(block);
      block = undefined;
    } else if (!open && isClosing(code)) {
      blocks.push({ ...block, endLine: line, isMalformed: block.isMalformed || code.trim() !== '}' });
      block = undefined;
    } else if (open || code.trim() !== '') {
      // The arguments of an attribute may go on in the next lines.
      open = open ? { line: open.line, code: `${open.code} ${code.trim()}` } : { line, code: code.trim() };
      if (isComplete(open.code)) {
        block.entries.push(open);
        open = undefined;
      }
    }
  }
  return blocks;
};

const literal = /"(?:[^"\\\n]|\\.)*"/g;
const literalOrComment = new RegExp(`${literal.source}|//[^\\n]*|/\\*[\\s\\S]*?\\*/`, 'g');

/** Replaces comments by spaces, so that lines keep their numbers. */
const withoutComments = (text) =>
  text.replace(literalOrComment, (found) => (found.startsWith('"') ? found : found.replace(/[^\n]/g, ' ')));

/** Whether a line ends its block: only literals and the arguments of attributes have other braces. */
const isClosing = (code) => /\}\s*$/.test(code.replace(literal, ''));

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
