import { setTimeout as delay } from 'node:timers/promises';

/** The time after which no instance may accept what another instance has revoked. */
export const REVOCATION_BOUND_MS = 2000;

interface Sample {
  /** Milliseconds of the monotonic clock. */
  readonly sentAt: number;
  /** 0 when there was no response. */
  readonly status: number;
}

/** The maximum of pending requests. On an overloaded machine, more of them would measure the queue. */
const MAX_PENDING = 25;

/** Sends requests at a constant rate. */
export interface LoadGenerator {
  readonly samples: readonly Sample[];
  /** Resolves when no request is pending. */
  readonly stop: () => Promise<void>;
}

export const startLoad = (send: () => Promise<{ readonly status: number }>, perSecond: number): LoadGenerator => {
  const samples: Sample[] = [];
  const pending = new Set<Promise<unknown>>();
  const startedAt = performance.now();
  let sent = 0;
  const sendOne = async () => {
    const sentAt = performance.now();
    const status = await send().then(
      (response) => response.status,
      () => 0,
    );
    samples.push({ sentAt, status });
  };
  const sendDue = () => {
    for (; sent <= ((performance.now() - startedAt) * perSecond) / 1000; sent += 1) {
      if (pending.size === MAX_PENDING) continue;
      const request = sendOne();
      pending.add(request);
      void request.finally(() => pending.delete(request));
    }
  };
  sendDue();
  const timer = setInterval(sendDue, 1000 / perSecond);
  return {
    samples,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(pending);
    },
  };
};

/** The results of the requests before and after a revocation. */
export interface Verdict {
  readonly requests: number;
  /** From the response to the revocation until the first request after the last accepted one. */
  readonly delayMs: number;
  /** Accepted requests that were sent after the response to the revocation. */
  readonly late: number;
  /** Accepted requests that were sent after the response and the bound. There must be none. */
  readonly stale: number;
  /** Requests without a response, or with another status than 200 and the expected refusal. */
  readonly unexpected: number;
}

const evaluateSamples = (samples: readonly Sample[], revokedAt: number, refusal: number): Verdict => {
  const accepted = samples.filter(({ status }) => status === 200).map(({ sentAt }) => sentAt);
  const lastAccepted = Math.max(...accepted);
  const refusedAfter = samples.map(({ sentAt }) => sentAt).filter((sentAt) => sentAt > lastAccepted);
  return {
    requests: samples.length,
    delayMs: Math.max(0, Math.min(...refusedAfter) - revokedAt),
    late: accepted.filter((sentAt) => sentAt > revokedAt).length,
    stale: accepted.filter((sentAt) => sentAt > revokedAt + REVOCATION_BOUND_MS).length,
    unexpected: samples.filter(({ status }) => status !== 200 && status !== refusal).length,
  };
};

/** After this many consecutive refusals, the revocation is considered enforced. */
const CONSECUTIVE_REFUSALS = 20;

/**
 * Continues the load until the revocation is enforced, or a little longer than the bound, and returns the verdict.
 *
 * @param revokedAt the time of the response to the revocation
 * @param refusal the status with which a revoked request is refused
 */
export const judgeRevocation = async (
  { samples, stop }: LoadGenerator,
  revokedAt: number,
  refusal: number,
): Promise<Verdict> => {
  const isEnforced = () => {
    const last = samples.slice(-CONSECUTIVE_REFUSALS);
    const areRefused = last.every(({ sentAt, status }) => sentAt > revokedAt && status === refusal);
    return last.length === CONSECUTIVE_REFUSALS && areRefused;
  };
  await waitUntil(isEnforced, REVOCATION_BOUND_MS + 500);
  await stop();
  return evaluateSamples(samples, revokedAt, refusal);
};

/** Waits until a condition holds, at most for a time, and returns whether it holds. */
export const waitUntil = async (holds: () => boolean | Promise<boolean>, atMostMs: number): Promise<boolean> => {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > atMostMs) return false;
    await delay(5);
  }
  return true;
};
