/**
 * `npm run check`: everything but the tests, two steps at a time, each reported, none hiding behind another.
 *
 * Documents that are made from the source are made again first. In CI they are compared instead: what is committed must be
 * what the source says, or a reviewer has read something else.
 */
import { spawn } from 'node:child_process';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

const inCi = process.env['CI'] === 'true';
const compare = inCi ? ['--check'] : [];

const script = (file: string, ...args: readonly string[]): readonly string[] => [
  process.execPath,
  '--import',
  './scripts/typescript.mjs',
  `scripts/${file}`,
  ...args,
];

const tool = (name: string, ...args: readonly string[]): readonly string[] => [`node_modules/.bin/${name}`, ...args];

/** Each of these feeds the next. */
const derivations: readonly Step[] = [
  { name: 'schema', command: script('schema.ts', ...compare) },
  { name: 'docs', command: script('docs.ts', ...compare) },
  { name: 'codegen', command: [process.execPath, 'scripts/generate.mjs'] },
  { name: 'clients', command: tool('graphql-codegen', '--config', 'examples/clients/codegen.yml', ...compare) },
];

/** The slow ones first, so that two lanes end at about the same time. */
const inspections: readonly Step[] = [
  { name: 'lint', command: tool('eslint', '.', '--max-warnings=0') },
  { name: 'types', command: tool('tsc', '--noEmit') },
  { name: 'migrations', command: script('drift.ts') },
  { name: 'interface', command: script('extend-api.ts', ...compare) },
  { name: 'leaked list', command: script('leaked-passwords.ts', '--check') },
  { name: 'format', command: tool('prettier', '--check', '--log-level=warn', '.') },
  { name: 'sizes', command: script('sizes.ts', '--check') },
  { name: 'dead code', command: tool('knip') },
  {
    name: 'import rules',
    command: tool('depcruise', '--config', '.dependency-cruiser.cjs', '--output-type', 'err-long', 'src', 'test/app'),
  },
];

const failed: string[] = [];
const queue = [...inspections];

const execute = async (program: string, args: readonly string[]): Promise<{ passed: boolean; output: string }> => {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  return { passed: code === 0, output: Buffer.concat(chunks).toString() };
};

const run = async ({ name, command: [program = '', ...args] }: Step): Promise<void> => {
  const start = performance.now();
  const { passed, output } = await execute(program, args);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${passed ? 'ok    ' : 'FAILED'}  ${name.padEnd(12)}${seconds.padStart(5)} s`);
  if (passed) return;
  failed.push(name);
  console.error(output);
};

const lane = async (): Promise<void> => {
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) await run(step);
};

for (const step of derivations) await run(step);
await Promise.all([lane(), lane()]);
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}.`);
  process.exitCode = 1;
}
