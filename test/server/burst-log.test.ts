import { createBurstLog } from '../../src/server/burst-log.js';

const { jest } = import.meta;

const lines: [fields: object, message: string][] = [];
const log = { warn: (fields: object, message: string) => lines.push([fields, message]) };

beforeEach(() => {
  lines.length = 0;
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

const repeat = (times: number, warn: () => void): void => {
  for (let count = 0; count < times; count += 1) warn();
};

describe('a burst of warnings', () => {
  it('is its first line, a count every ten seconds, and a last count', () => {
    const burstLog = createBurstLog(log as never);
    repeat(400, () => burstLog.warn({ reqId: 'one' }, 'request failed'));
    jest.advanceTimersByTime(10_000);
    repeat(600, () => burstLog.warn({ reqId: 'two' }, 'request failed'));
    burstLog.close();
    expect(lines).toEqual([
      [{ reqId: 'one' }, 'request failed'],
      [{ repeated: 399, total: 400 }, 'request failed'],
      [{ repeated: 600, total: 1000 }, 'request failed'],
    ]);
  });

  it('ends with ten seconds without a warning', () => {
    const burstLog = createBurstLog(log as never);
    burstLog.warn({ reqId: 'one' }, 'request failed');
    jest.advanceTimersByTime(10_000);
    burstLog.warn({ reqId: 'two' }, 'request failed');
    burstLog.close();
    expect(lines).toEqual([
      [{ reqId: 'one' }, 'request failed'],
      [{ reqId: 'two' }, 'request failed'],
    ]);
  });

  it('does not hide a warning with another message or another failure', () => {
    const burstLog = createBurstLog(log as never);
    repeat(2, () => burstLog.warn({ id: 1 }, 'email was not delivered', '450'));
    burstLog.warn({ id: 2 }, 'email was not delivered', '421');
    burstLog.warn({ job: 'expiry' }, 'job failed');
    burstLog.close();
    expect(lines).toEqual([
      [{ id: 1 }, 'email was not delivered'],
      [{ id: 2 }, 'email was not delivered'],
      [{ job: 'expiry' }, 'job failed'],
      [{ repeated: 1, total: 2, failure: '450' }, 'email was not delivered'],
    ]);
  });
});
