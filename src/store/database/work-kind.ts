import { AsyncLocalStorage } from 'node:async_hooks';

/** What identifies a kind of work, such as the function of a flow. */
export type WorkKind = object;

const kinds = new AsyncLocalStorage<WorkKind>();

/** Runs work of a kind, which cannot use all connections of the pool. Inside other work, it belongs to the kind of that. */
export const asKind = <T>(kind: WorkKind, work: () => T): T =>
  kinds.getStore() === undefined ? kinds.run(kind, work) : work();

/** Returns the kind of the work in progress; undefined outside `asKind`, where all connections can be used. */
export const currentKind = (): WorkKind | undefined => kinds.getStore();
