import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { citedTests } from '../support/cited-tests.js';

interface Threat {
  readonly id: string;
  readonly proof: string;
}

const page = readFileSync('docs/threats.md', 'utf8');
const [covered = '', notYetCovered = ''] = page.split('## Not yet covered');

/** The rows of the tables in a part of the page. */
const threatsOf = (text: string): Threat[] =>
  Array.from(text.matchAll(/^\| ([A-H]\d+) +\|(.*)\|$/gm), ([, id = '', cells = '']) => ({
    id,
    proof: cells.split(' | ')[2] ?? '',
  }));

const threats = threatsOf(covered);
const ids = [...threats, ...threatsOf(notYetCovered)].map(({ id }) => id);

const testFiles = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => join('test', file));

/** The ids at the start of the names of tests, as in `B1, B4, B6, B14 to B16: sessions`. */
const citations = testFiles.flatMap((file) =>
  Array.from(
    readFileSync(file, 'utf8').matchAll(/['"`]((?:[A-H]\d+(?:, | to )?)+): /g),
    ([, list = '']) => [file, list] as const,
  ),
);

const proofs = threats.flatMap(({ id, proof }) => citedTests(proof).map(({ file, name }) => [id, file, name] as const));

describe('docs/threats.md', () => {
  it('lists each id once', () => {
    expect(threats.length).toBeGreaterThan(80);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('lists every id that the name of a test cites', () => {
    expect(citations.length).toBeGreaterThan(70);
    const cited = citations.flatMap(([file, list]) => list.split(/, | to /).map((id) => ({ file, id })));
    expect(cited.filter(({ id }) => !ids.includes(id))).toEqual([]);
  });

  it('proves every threat that it does not list as not yet covered', () => {
    const isCommand = (proof: string) => /`npm run (bench|faults) -- /.test(proof);
    const unproved = threats.filter(({ id, proof }) => !proofs.some(([of]) => of === id) && !isCommand(proof));
    expect(unproved).toEqual([]);
  });

  it.each(proofs)('proves %s by a test that exists: %s, %s', (_id, file, name) => {
    expect({ file, exists: existsSync(file) }).toEqual({ file, exists: true });
    expect(readFileSync(file, 'utf8')).toContain(name);
  });

  it('names benchmarks that exist', () => {
    const commands = readFileSync('bench/main.ts', 'utf8');
    for (const [, name = ''] of covered.matchAll(/npm run bench -- ([a-z-]+)/g))
      expect(commands).toMatch(new RegExp(`^ {2}'?${name}'?: async`, 'm'));
  });

  it('names faults that exist', () => {
    const commands = readFileSync('bench/faults/main.ts', 'utf8');
    const names = Array.from(covered.matchAll(/npm run faults -- --only ([a-z-]+)/g), ([, name = '']) => name);
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(commands).toMatch(new RegExp(`^ {2}'?${name}'?(:|,)`, 'm'));
  });
});
