import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file));

const pages = [...readdirSync('.').filter((file) => file.endsWith('.md')), 'data/README.md', ...filesOf('docs')];
/** Without the decisions, which may name what has been removed since. */
const guides = pages.filter((page) => !page.startsWith('docs/decisions/'));

const decisions = readdirSync('docs/decisions');

const textOf = (page: string): string => readFileSync(page, 'utf8');

/** The anchor that a heading gets on GitHub. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const headingsOf = (page: string): string[] =>
  Array.from(textOf(page).matchAll(/^#+ (.+)$/gm), ([, heading = '']) => anchorOf(heading));

describe('a document', () => {
  it.each(pages)('links only to files and headings that exist: %s', (page) => {
    for (const [, target = ''] of textOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      expect({ target, exists: existsSync(file) }).toEqual({ target, exists: true });
      if (anchor !== undefined) expect(headingsOf(file)).toContain(anchor);
    }
  });

  it.each(guides)('names only source files that exist: %s', (page) => {
    const paths = textOf(page).matchAll(/`((?:src|test|docs|scripts|bench|examples|prisma|data)\/[\w./-]+)`/g);
    const missing = Array.from(paths, ([, path = '']) => path).filter((path) => !existsSync(path));
    expect(missing).toEqual([]);
  });
});

describe('docs/README.md', () => {
  it('lists every document and every decision', () => {
    const index = textOf('docs/README.md');
    const unlisted = filesOf('docs').filter(
      (file) => file !== 'docs/README.md' && !index.includes(`](${file.slice('docs/'.length)})`),
    );
    expect(unlisted).toEqual([]);
  });
});

describe('a decision', () => {
  it.each(decisions)('has its number, a date and a status: %s', (file) => {
    const number = String(Number(file.slice(0, 3)));
    expect(textOf(`docs/decisions/${file}`)).toMatch(
      new RegExp(`^# ${number}\\. .+\\n\\nDate: \\d{4}-\\d{2}-\\d{2}\\. Status: [a-z].*\\.\\n`),
    );
  });
});
