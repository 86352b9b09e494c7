import type { ApplicationMails } from '../../mail/application-mails.js';
import type { JobQueue } from '../job-queue.js';
import type { FailedErasureHook } from './erased-users.js';
import type { Hooks } from './hooks.js';
import type { JobReports } from './job-worker.js';
import type { AnyJobs } from './jobs.js';

/** What the application adds to the flows. */
export interface ApplicationParts {
  readonly hooks: Hooks;
  readonly hookReports: HookReports;
  readonly jobs: AnyJobs;
  readonly jobQueue: JobQueue;
  readonly jobReports: JobReports;
  readonly mails: ApplicationMails;
}

/** Receives the failures of hooks that make no operation fail, for the log. */
export interface HookReports {
  /** Called when the hook accessTokenClaims failed, so that a session keeps its last good claims. */
  readonly onClaimsKept: (error: unknown) => void;
  /** Called when the hook userErased failed. */
  readonly onErasureFailure: (failed: FailedErasureHook) => void;
  /** Called when the database did not record that the hook userErased failed. It runs again. */
  readonly onUnrecorded: (error: unknown, id: string) => void;
}
