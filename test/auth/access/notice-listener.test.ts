import { startNoticeListener } from '../../../src/auth/access/notice-listener.js';
import type { Listener } from '../../../src/store/database/notices.js';

const { jest } = import.meta;

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

const settle = () => jest.advanceTimersByTimeAsync(0);

/** A listener over a database that returns an echo only when the test delivers it. */
const start = () => {
  let nowMs = 0;
  const listeners: Listener[] = [];
  const published: string[] = [];
  const changedUsers: string[] = [];
  let ended = 0;
  let interruptions = 0;
  const reports: string[] = [];
  let failure: Error | undefined;
  const listener = startNoticeListener({
    notices: {
      subscribe: (subscriber) => {
        listeners.push(subscriber);
        if (failure) return Promise.reject(failure);
        return Promise.resolve({ end: () => (ended += 1) });
      },
      publish: (payload) => {
        published.push(payload);
        return Promise.resolve();
      },
    },
    monotonic: () => nowMs,
    onNotice: (userId) => changedUsers.push(userId),
    onMissed: () => (interruptions += 1),
    onSilence: (error) => reports.push(error instanceof Error ? error.message : 'no echo'),
    onRecovery: () => reports.push('recovered'),
  });
  return {
    listener,
    changedUsers,
    published,
    reports,
    fail: (error: Error | undefined) => (failure = error),
    connections: () => listeners.length,
    ended: () => ended,
    interruptions: () => interruptions,
    notify: (payload: string, connection = listeners.length - 1) => listeners[connection]?.onNotice(payload),
    lose: () => listeners.at(-1)?.onLost(),
    deliverEcho: () => listeners.at(-1)?.onNotice(published.at(-1) ?? ''),
    /** Moves the clock without running timers, as when the process is busy. */
    wait: (milliseconds: number) => (nowMs += milliseconds),
    /** Moves the clock and runs the timers. */
    advance: async (milliseconds: number) => {
      nowMs += milliseconds;
      await jest.advanceTimersByTimeAsync(milliseconds);
    },
  };
};

describe('the notice listener', () => {
  it('is up to date only after its first echo has returned', async () => {
    const { listener, deliverEcho } = start();
    await settle();
    expect(listener.isCurrent()).toBe(false);
    deliverEcho();
    expect(listener.isCurrent()).toBe(true);
    listener.close();
  });

  it('is no longer current 1.8 seconds after the last returned echo was sent, and reports it', async () => {
    const { listener, deliverEcho, wait, advance, interruptions } = start();
    await settle();
    deliverEcho();
    wait(1799);
    expect(listener.isCurrent()).toBe(true);
    wait(1);
    expect(listener.isCurrent()).toBe(false);
    const before = interruptions();
    await advance(1000);
    expect(interruptions()).toBe(before + 1);
    listener.close();
  });

  it('passes on the notices of users, and neither its own echoes nor those of other instances', async () => {
    const { listener, notify, deliverEcho, changedUsers } = start();
    await settle();
    deliverEcho();
    notify('echo:another-instance:17');
    notify('a-user');
    notify('');
    expect(changedUsers).toEqual(['a-user', '']);
    listener.close();
  });

  it('reports a lost connection at once, ignores what it still delivers, and connects again', async () => {
    const { listener, deliverEcho, lose, notify, advance, interruptions, connections, changedUsers } = start();
    await settle();
    deliverEcho();
    const before = interruptions();
    lose();
    expect([listener.isCurrent(), interruptions()]).toEqual([false, before + 1]);
    await advance(1000);
    expect(connections()).toBe(2);
    notify('a-user', 0);
    expect(changedUsers).toEqual([]);
    deliverEcho();
    expect(listener.isCurrent()).toBe(true);
    listener.close();
  });

  it('reports once that it receives nothing, with the reason, and that it receives notices again', async () => {
    const { listener, advance, deliverEcho, fail, lose, reports } = start();
    await settle();
    deliverEcho();
    fail(new Error('refused'));
    lose();
    expect([reports, listener.isSilent()]).toEqual([[], false]);
    await advance(1000);
    await advance(1000);
    expect([reports, listener.isSilent()]).toEqual([['refused'], true]);
    fail(undefined);
    await advance(1000);
    deliverEcho();
    expect([reports, listener.isSilent()]).toEqual([['refused', 'recovered'], false]);
    listener.close();
  });

  it('reports an open connection that returns no echo', async () => {
    const { listener, advance, reports } = start();
    await settle();
    await advance(4000);
    expect(reports).toEqual([]);
    await advance(1000);
    expect(reports).toEqual(['no echo']);
    listener.close();
  });

  it('replaces a connection that returns no echo for four seconds', async () => {
    const { listener, advance, connections, ended } = start();
    await settle();
    await advance(4000);
    expect(connections()).toBe(1);
    await advance(1000);
    await advance(1000);
    expect([connections(), ended()]).toEqual([2, 1]);
    listener.close();
  });

  it('sends no more echoes after it is closed', async () => {
    const { listener, published, advance, ended } = start();
    await settle();
    listener.close();
    const before = published.length;
    await advance(3000);
    expect([published.length, ended()]).toEqual([before, 1]);
  });
});
