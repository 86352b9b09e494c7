import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  bindMigrationAwareSqlAdapterFactory,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine, SchemaFilter } from '@prisma/schema-engine-wasm/schema_engine_bg';

import { codeOf } from './errors.js';

/** A database as the schema engine works on it. */
export type MigrationFactory = SqlMigrationAwareDriverAdapterFactory;

/** A migration as it lies in prisma/migrations. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** Every table is the engine's business. */
export const noFilter: SchemaFilter = { externalTables: [], externalEnums: [] };

/** Migrations as the engine wants to be given them. */
export const toMigrationList = (migrations: readonly Migration[], baseDir: string): MigrationList => ({
  baseDir,
  lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
  shadowDbInitScript: '',
  migrationDirectories: migrations.map(({ name, sql }) => ({
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
  })),
});

/**
 * A driver adapter that runs a migration's SQL as the database understands it. PostgreSQL's own adapter cuts scripts at
 * every semicolon, also inside a function's body, and runs the pieces one by one, so that a migration fails half done;
 * the embedded one does not wait for the end, and a failed migration counts as applied.
 *
 * @param execute runs a script of several statements in one implicit transaction
 */
export const migrationFactory = (
  factory: MigrationFactory,
  execute: (script: string) => Promise<unknown>,
): MigrationFactory => {
  const executeScript = async (script: string): Promise<void> => {
    try {
      await execute(script);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new DriverAdapterError({
        kind: 'postgres',
        code: codeOf(error),
        severity: 'ERROR',
        message,
        ...unknownPlace,
      });
    }
  };
  const withScripts = (adapter: SqlDriverAdapter): SqlDriverAdapter => Object.assign(adapter, { executeScript });
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => withScripts(await factory.connect()),
    connectToShadowDb: () => factory.connectToShadowDb(),
  };
};

const unknownPlace = { detail: undefined, column: undefined, hint: undefined };

/** Node has it; its type declarations leave it to the browser's. */
declare const WebAssembly: {
  instantiate(wasm: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
};

let loading: Promise<typeof SchemaEngine> | undefined;

/**
 * Prisma's schema engine, compiled to WebAssembly, in this process: no binary, no download. It costs 30 MB that are not
 * given back, so it is loaded only when there is something for it to do.
 */
export const openSchemaEngine = async (database: MigrationFactory): Promise<SchemaEngine> => {
  // Once a process: a second instance would take the place of the first under its running calls.
  loading ??= load();
  const engine = await loading;
  const datamodels = [['schema.prisma', 'datasource db {\n  provider = "postgresql"\n}\n']] satisfies [
    string,
    string,
  ][];
  return engine.new({ datamodels }, () => undefined, bindMigrationAwareSqlAdapterFactory(database));
};

const load = async (): Promise<typeof SchemaEngine> => {
  const engine = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const wasm = await readFile(join(folder, 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': withoutLastingTimers(engine) });
  engine.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return engine.SchemaEngine;
};

/** The engine gives up waiting for a lock after ten seconds, and would hold the process for them after its work is done. */
const withoutLastingTimers = (imports: object): object =>
  Object.fromEntries(
    Object.entries(imports).map(([name, value]: [string, unknown]) => [
      name,
      name.startsWith('__wbg_setTimeout_')
        ? (callback: () => void, milliseconds: number) => setTimeout(callback, milliseconds).unref()
        : value,
    ]),
  );
