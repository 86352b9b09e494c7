import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { SchemaEngine, SchemaFilter } from '@prisma/schema-engine-wasm/schema_engine_bg';

/** Every table is the engine's business. */
export const noFilter: SchemaFilter = { externalTables: [], externalEnums: [] };

/** Node has it; its type declarations leave it to the browser's. */
declare const WebAssembly: {
  instantiate(wasm: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
};

let loading: Promise<typeof SchemaEngine> | undefined;

/** Opens Prisma's schema engine, compiled to WebAssembly, in this process: no binary, no download. */
export const openSchemaEngine = async (database: SqlMigrationAwareDriverAdapterFactory): Promise<SchemaEngine> => {
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
