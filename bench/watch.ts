import { setTimeout as delay } from 'node:timers/promises';

/** After so long no instance accepts what another has revoked. */
export const BOUND_MS = 2000;

/** One request of many. `sentAt` is milliseconds of the monotonic clock. */
interface Attempt {
  readonly sentAt: number;
  /** 0 when there was no answer. */
  readonly status: number;
}

/** So many unanswered requests are enough: on a machine that is too busy, more would measure the queue. */
const MAX_OPEN = 25;

/** Requests that go out at an even rate. */
export interface Hammer {
  readonly attempts: readonly Attempt[];
  /** Resolves when the last one is answered. */
  readonly stop: () => Promise<void>;
}

export const hammer = (ask: () => Promise<{ readonly status: number }>, perSecond: number): Hammer => {
  const attempts: Attempt[] = [];
  const open = new Set<Promise<unknown>>();
  const startedAt = performance.now();
  let sent = 0;
  const send = async () => {
    const sentAt = performance.now();
    const status = await ask().then(
      (answer) => answer.status,
      () => 0,
    );
    attempts.push({ sentAt, status });
  };
  const sendWhatIsDue = () => {
    for (; sent <= ((performance.now() - startedAt) * perSecond) / 1000; sent += 1) {
      if (open.size === MAX_OPEN) continue;
      const request = send();
      open.add(request);
      void request.finally(() => open.delete(request));
    }
  };
  sendWhatIsDue();
  const timer = setInterval(sendWhatIsDue, 1000 / perSecond);
  return {
    attempts,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
};

/** What became of requests after something was taken away. */
export interface Judgement {
  readonly requests: number;
  /** How long after the answer to the revocation they were still accepted, by the first that was refused for good. */
  readonly delayMs: number;
  /** Sent after the answer, and accepted. */
  readonly late: number;
  /** Sent after the answer and the bound, and accepted. There must be none. */
  readonly stale: number;
  /** Neither accepted nor refused as they should be: an error, or no answer. */
  readonly odd: number;
}

/**
 * @param answeredAt when the one that took it away had answered
 * @param refusal the one status that a request may be refused with
 */
const judge = (attempts: readonly Attempt[], answeredAt: number, refusal: number): Judgement => {
  const accepted = attempts.filter(({ status }) => status === 200).map(({ sentAt }) => sentAt);
  const lastAccepted = Math.max(...accepted);
  const refusedAfter = attempts.map(({ sentAt }) => sentAt).filter((sentAt) => sentAt > lastAccepted);
  return {
    requests: attempts.length,
    delayMs: Math.max(0, Math.min(...refusedAfter) - answeredAt),
    late: accepted.filter((sentAt) => sentAt > answeredAt).length,
    stale: accepted.filter((sentAt) => sentAt > answeredAt + BOUND_MS).length,
    odd: attempts.filter(({ status }) => status !== 200 && status !== refusal).length,
  };
};

/** So many refusals one after the other are for good. */
const REFUSALS = 20;

/** Lets requests go on until they are refused for good, for a little longer than the bound if they are not, and judges them. */
export const judgeLoss = async (
  { attempts, stop }: Hammer,
  answeredAt: number,
  refusal: number,
): Promise<Judgement> => {
  const isRefused = () => {
    const last = attempts.slice(-REFUSALS);
    return last.length === REFUSALS && last.every(({ sentAt, status }) => sentAt > answeredAt && status === refusal);
  };
  await until(isRefused, BOUND_MS + 500);
  await stop();
  return judge(attempts, answeredAt, refusal);
};

/** Waits until something holds, and says whether it did within the time. */
export const until = async (holds: () => boolean | Promise<boolean>, atMostMs: number): Promise<boolean> => {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > atMostMs) return false;
    await delay(5);
  }
  return true;
};
