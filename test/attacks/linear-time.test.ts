import fc from 'fast-check';

import { startApp, type TestApp } from '../support/app.js';
import { measureCpu } from '../support/cpu.js';
import { postRaw } from '../support/raw-http.js';
import { anyShape } from '../support/request-grammar.js';
import { fill, shapes, type Shape } from '../support/request-shapes.js';
import { BODY_LIMIT_BYTES } from '../../src/values/policy.js';

/** As many as take some seconds; SHAPE_RUNS names another number. */
const RUNS = Number(process.env['SHAPE_RUNS'] ?? 150);

/** Four times what `npm run bench -- documents` allows, for a machine that is slow. */
const MAX_MS = 200;
/** CPU time below which a request says nothing about growth: a garbage collection costs as much. */
const FLOOR_MS = 25;
/** Twice the size may cost as much more; a square would cost four times as much. */
const MAX_RATIO = 2.5;

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ LOG_LEVEL: 'silent' });
  for (const shape of Object.values(shapes)) await ask(fill(shape, 4096));
});

afterAll(async () => {
  await app.close();
});

let asked = 0;

const ask = async (body: string) => {
  asked += 1;
  // A comment that differs each time, so that no cache knows the document.
  const unlike = body.replace(/^\{"query":"/, `{"query":"#${asked}\\n`);
  const { result, cpuMilliseconds } = await measureCpu(() => app.post(unlike));
  return { status: result.status, cpuMilliseconds };
};

const leastOf = async (times: number, body: string, enough = 0): Promise<number> => {
  let least = Infinity;
  for (let i = 0; i < times && least > enough; i += 1) least = Math.min(least, (await ask(body)).cpuMilliseconds);
  return least;
};

/** How many times as long a body takes as one of the same shape and half the size; 1 where both take next to nothing. */
const growth = async (shape: Shape, whole: string): Promise<number> => {
  if ((await leastOf(3, whole, FLOOR_MS)) <= FLOOR_MS) return 1;
  const half = fill(shape, Math.floor(Buffer.byteLength(whole) / 2));
  let ratio = Infinity;
  // What looks like growth is measured again, and each time the quietest moments count.
  for (const times of [3, 5, 10]) {
    if (ratio <= MAX_RATIO) break;
    ratio = (await leastOf(times, whole)) / (await leastOf(times, half));
  }
  return ratio;
};

const isLinear = async (shape: Shape, bytes: number) => {
  const whole = fill(shape, Math.floor(bytes));
  expect(await leastOf(10, whole, MAX_MS)).toBeLessThanOrEqual(MAX_MS);
  expect(await growth(shape, whole)).toBeLessThanOrEqual(MAX_RATIO);
};

// Rejected for their size at 100 KiB, some shapes are dearest at a part of it.
const sizes = [BODY_LIMIT_BYTES - 32, BODY_LIMIT_BYTES / 4, BODY_LIMIT_BYTES / 16, BODY_LIMIT_BYTES / 32];

describe('H1, H2: work that grows faster than the body', () => {
  it.each(Object.entries(shapes))('is not caused by %s', async (_name, shape) => {
    for (const bytes of sizes) await isLinear(shape, bytes);
  });

  it.each(['Cookie', 'Authorization', 'Accept', 'Accept-Language', 'User-Agent', 'X-Forwarded-For', 'Origin'])(
    'is not caused by blanks in the header %s',
    async (name) => {
      const head = `${name}: a${' '.repeat(15_000)}b`;
      let least = Infinity;
      for (let i = 0; i < 10 && least > FLOOR_MS; i += 1) {
        const { cpuMilliseconds } = await measureCpu(() => postRaw(app.url, head, '{ __typename }'));
        least = Math.min(least, cpuMilliseconds);
      }
      expect(least).toBeLessThanOrEqual(MAX_MS / 2);
    },
  );

  it(
    'is caused by no shape that a search finds',
    async () => {
      await fc.assert(fc.asyncProperty(anyShape, fc.constantFrom(...sizes), isLinear), { numRuns: RUNS });
    },
    60_000 + RUNS * 1000,
  );
});
