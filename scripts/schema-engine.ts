import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { SchemaEngine, SchemaFilter } from '@prisma/schema-engine-wasm/schema_engine_bg';

/** Excludes no table. */
export const noFilter: SchemaFilter = { externalTables: [], externalEnums: [] };

/** Node provides it, but its type declarations are in the browser library only. */
declare const WebAssembly: {
  instantiate(wasm: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
};

let loading: Promise<typeof SchemaEngine> | undefined;

/** Opens Prisma's schema engine, compiled to WebAssembly, in this process: no binary, no download. */
export const openSchemaEngine = async (database: SqlMigrationAwareDriverAdapterFactory): Promise<SchemaEngine> => {
  // Once for each process, because a second instance would replace the first during its calls.
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

/** The engine sets a lock timeout of ten seconds, which would keep the process alive after its work is done. */
const withoutLastingTimers = (imports: object): object =>
  Object.fromEntries(
    Object.entries(imports).map(([name, value]: [string, unknown]) => [
      name,
      name.startsWith('__wbg_setTimeout_')
        ? (callback: () => void, milliseconds: number) => setTimeout(callback, milliseconds).unref()
        : value,
    ]),
  );
