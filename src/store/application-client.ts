import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';

import { untilAborted } from '../values/until-aborted.js';
import { assertOutsideTransaction, createApplicationAdapter } from './database/application-adapter.js';
import { asKind } from './database/work-kind.js';
import { ForeignKeyViolation, isForeignKeyViolation, StoreConflict, translateStoreError } from './errors.js';
import { Prisma, PrismaClient } from './generated-application/client.js';

type Models = { readonly [M in keyof PrismaClient as M extends `$${string}` | symbol ? never : M]: PrismaClient[M] };

type UserWrites = 'create' | 'createMany' | 'createManyAndReturn' | 'upsert' | 'delete' | 'deleteMany';

/**
 * The models of prisma/schema/app.prisma, and User with those of its columns that an application may read and those that it has
 * added. Each has the functions of Prisma, such as `db.project.findMany({ where: … })`, without SQL as text.
 */
export type ApplicationModels = Omit<Models, 'user'> & { readonly user: Omit<PrismaClient['user'], UserWrites> };

/** The application's client of the database. */
export interface ApplicationClient {
  /**
   * The models outside transactions. After the signal is aborted, they do nothing any more.
   *
   * @param translate converts the errors of the database for the code of the application
   */
  readonly models: (translate: (error: unknown) => unknown, signal: AbortSignal) => ApplicationModels;
  /**
   * Runs `work` in the transaction that our client has open here. Work that has not ended within the limit, or when the signal is
   * aborted, has failed, and can use its models no longer, even if it never returns.
   */
  readonly joinTransaction: <T>(
    work: (models: ApplicationModels) => Promise<T>,
    limitMs: number,
    signal?: AbortSignal,
  ) => Promise<T>;
}

/** The functions of a model. All others of Prisma, such as `$parent`, lead to the client and to SQL as text. */
const modelFunctions = [
  'findUnique',
  'findUniqueOrThrow',
  'findFirst',
  'findFirstOrThrow',
  'findMany',
  'create',
  'createMany',
  'createManyAndReturn',
  'update',
  'updateMany',
  'updateManyAndReturn',
  'upsert',
  'delete',
  'deleteMany',
  'count',
  'aggregate',
  'groupBy',
] as const;

type ModelFunction = (...args: unknown[]) => PromiseLike<unknown>;
type Delegates = Readonly<Record<string, Readonly<Record<string, ModelFunction>>>>;

/** Prisma's own limits do not end a callback that does not return, so they are not used. */
const UNLIMITED_MS = 2 ** 31 - 1;

/** All statements of the application outside transactions are one kind of work, which cannot take all connections from our flows. */
const applicationWork = {};

/** Creates the client when it is first used: until then, it costs neither time nor memory. */
export const createApplicationClient = (factory: SqlDriverAdapterFactory): ApplicationClient => {
  let created: PrismaClient | undefined;
  const client = () =>
    (created ??= new PrismaClient({ adapter: createApplicationAdapter(factory), errorFormat: 'minimal' }));
  return {
    models: (translate, signal) =>
      modelsOf(client, async (statement) => {
        signal.throwIfAborted();
        assertOutsideTransaction();
        try {
          // Prisma executes a statement when it is awaited, which must happen as work of this kind.
          return await asKind(applicationWork, async () => await statement);
        } catch (error) {
          throw translate(translateApplicationError(error));
        }
      }),
    joinTransaction: (work, limitMs, signal) =>
      withLimit(limitMs, signal, (limit) =>
        client().$transaction(
          async (tx) => {
            const { execute, assertComplete } = createExecution(limit);
            const models = modelsOf(() => tx, execute);
            const result = await untilAborted(limit, () => work(models));
            assertComplete();
            return result;
          },
          { timeout: UNLIMITED_MS, maxWait: UNLIMITED_MS },
        ),
      ).catch((error: unknown) => {
        throw translateApplicationError(error);
      }),
  };
};

/**
 * Executes the statements of one transaction.
 *
 * A write may take several statements, and one that fails leaves the others in the transaction, also where Prisma itself has found
 * that a row is missing. Such a transaction cannot be committed, although its work has caught the error. Nor can one whose work
 * has ended before its statements.
 */
const createExecution = (limit: AbortSignal): { readonly execute: Execute; readonly assertComplete: () => void } => {
  let running = 0;
  let failure: { readonly error: unknown } | undefined;
  return {
    async execute(statement, isWrite) {
      limit.throwIfAborted();
      running += 1;
      try {
        return await statement;
      } catch (error) {
        const translated = translateApplicationError(error);
        if (isWrite) failure ??= { error: translated };
        throw translated;
      } finally {
        running -= 1;
      }
    },
    assertComplete() {
      if (failure) throw failure.error;
      if (running > 0)
        throw new Error('The work of a transaction ended before a statement of it: an `await` is missing.');
    },
  };
};

/**
 * Translates an error into one that the application can recognize. A violated foreign key is no conflict here: the ids come from
 * clients, and no repetition makes a row with such an id exist.
 */
const translateApplicationError = (error: unknown): unknown =>
  isForeignKeyViolation(error)
    ? new ForeignKeyViolation('A row refers to one that does not exist.')
    : translateStoreError(error);

/** Whether an error of `context.db` or of a transaction is the violation of a unique constraint, such as a name that is taken. */
export const isUniqueViolation = (error: unknown): boolean => error instanceof StoreConflict;

const propertyOf = (model: string): string => model.charAt(0).toLowerCase() + model.slice(1);

/** Executes a statement, which begins when it is awaited. */
type Execute = (statement: PromiseLike<unknown>, isWrite: boolean) => Promise<unknown>;

const isWriteFunction = (name: string): boolean => /^(?:create|update|upsert|delete)/.test(name);

/** Exposes the functions of the models, and nothing that leads from there to the client. */
const modelsOf = (client: () => object, execute: Execute): ApplicationModels => {
  const models = Object.keys(Prisma.ModelName).map((model) => {
    const functions = modelFunctions.map((name): [string, ModelFunction] => [
      name,
      (...args) => {
        const call = (client() as Delegates)[propertyOf(model)]?.[name];
        if (!call) throw new Error(`${model} has no function ${name}.`);
        return exposedStatement(call(...args), isWriteFunction(name), execute);
      },
    ]);
    return [propertyOf(model), Object.freeze(Object.fromEntries(functions))] as const;
  });
  return Object.freeze(Object.fromEntries(models)) as unknown as ApplicationModels;
};

/**
 * Returns what a function of a model returns: a promise whose statement is executed when it is awaited, and whose other members are
 * the relations of a single row, as in `db.task.findUnique({ … }).project()`.
 */
const exposedStatement = (
  statement: PromiseLike<unknown>,
  isWrite: boolean,
  execute: Execute,
): PromiseLike<unknown> => {
  let execution: Promise<unknown> | undefined;
  const settled = () => (execution ??= execute(statement, isWrite));
  const relations = Object.entries(statement)
    .filter(([name, member]) => !promiseMembers.has(name) && typeof member === 'function')
    .map(([name, relation]) => [
      name,
      (...args: unknown[]) => exposedStatement((relation as ModelFunction)(...args), isWrite, execute),
    ]);
  const exposed: Promise<unknown> = {
    ...Object.fromEntries(relations),
    then: (...handlers) => settled().then(...handlers),
    catch: (...handlers) => settled().catch(...handlers),
    finally: (...handlers) => settled().finally(...handlers),
    [Symbol.toStringTag]: 'Promise',
  } as Promise<unknown>;
  return Object.freeze(exposed);
};

/** `requestTransaction` is for the batches of `$transaction([…])`, which the application does not have. */
const promiseMembers: ReadonlySet<string> = new Set(['then', 'catch', 'finally', 'requestTransaction']);

/** Work of the application did not end in time. It is not an outage of the database. */
const outOfTime = (limitMs: number) =>
  new Error(`The transaction of the application did not end within ${limitMs / 1000} seconds, and was rolled back.`);

const withLimit = async <T>(
  limitMs: number,
  signal: AbortSignal | undefined,
  work: (limit: AbortSignal) => Promise<T>,
): Promise<T> => {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(outOfTime(limitMs)), limitMs);
  try {
    return await work(signal ? AbortSignal.any([signal, limit.signal]) : limit.signal);
  } finally {
    clearTimeout(timer);
    limit.abort(new Error('This `tx` was used after its transaction had ended: an `await` is missing.'));
  }
};
