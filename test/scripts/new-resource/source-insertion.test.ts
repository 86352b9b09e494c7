import { addElement, addProperty } from '../../../scripts/new-resource/source-insertion.js';

const added = { element: 'B', importLine: "import { B } from './b.js';" };

describe('an element that is added to an exported array', () => {
  it.each([
    ['an empty array', 'export const list = [];', "import { B } from './b.js';\n\nexport const list = [\nB,\n];"],
    [
      'a typed array',
      'export const list: T[] = [A];',
      "import { B } from './b.js';\n\nexport const list: T[] = [A,\nB];",
    ],
    [
      'an array with imports and a comment',
      "import { A } from './a.js';\n\nexport const list = [\n  A, // first\n] as const;",
      "import { A } from './a.js';\nimport { B } from './b.js';\n\nexport const list = [\n  A,\nB, // first\n] as const;",
    ],
  ])('comes last in %s', (_case, source, expected) => {
    expect(addElement(source, 'list', added)).toBe(expected);
  });

  it.each(['export const list = [A].concat(C);', 'const list = [];', 'export const other = [];', ''])(
    'is left to the author in %j',
    (source) => {
      expect(addElement(source, 'list', added)).toBeUndefined();
    },
  );
});

describe('a property that is added to an exported object', () => {
  it.each([
    ['export const table = {} as const satisfies T;', 'export const table = {\nb: 2,\n} as const satisfies T;'],
    ['export const table = { a: 1 };', 'export const table = { a: 1,\nb: 2 };'],
    ['export const table = { a: 1, };', 'export const table = { a: 1,\nb: 2, };'],
  ])('comes last: %j', (source, expected) => {
    expect(addProperty(source, 'table', 'b: 2')).toBe(expected);
  });

  it.each(['export const table = Object.freeze({});', 'export const table: T = other;'])(
    'is left to the author in %j',
    (source) => {
      expect(addProperty(source, 'table', 'b: 2')).toBeUndefined();
    },
  );
});
