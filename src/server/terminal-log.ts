import pc from 'picocolors';
import type { DestinationStream } from 'pino';

import { escapeControls, escapeControlsInLines } from '../values/escape-controls.js';
import type { Terminal } from './terminal.js';

/**
 * Creates the log of a developer's terminal: one line per request or entry, and the stack of an error. Returns undefined if
 * pino-pretty is not installed, as in a build; the log is then JSON.
 */
export const createTerminalLog = async (terminal: Terminal): Promise<DestinationStream | undefined> => {
  const pretty = await import('pino-pretty').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  });
  if (!pretty) return undefined;
  const format = pretty.default.prettyFactory({
    colorize: pc.isColorSupported,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,reqId,req,res,responseTime',
    singleLine: true,
    messageFormat: (entry, messageKey) => requestLine(entry) ?? String(entry[messageKey]),
  });
  return {
    write: (line) => {
      // The line of its response says more.
      if (!line.includes('"msg":"incoming request"')) terminal.write(format(parseEntry(line)));
    },
  };
};

/**
 * Parses an entry and escapes what acts on a terminal: an entry may quote a client, which must not move the cursor, change a
 * line above, or begin a line. The lines of a stack are indented, so that none looks like an entry.
 */
const parseEntry = (line: string): object =>
  JSON.parse(line, (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    return key === 'stack' ? escapeControlsInLines(value) : escapeControls(value);
  }) as object;

/** What the HTTP server logs about a response. */
interface LoggedResponse {
  readonly method: string;
  readonly path: string;
  readonly operation?: string;
  readonly statusCode: number;
}

const requestLine = ({ msg, res, responseTime }: Readonly<Record<string, unknown>>): string | undefined => {
  if (msg !== 'request completed') return undefined;
  const { method, path, operation, statusCode } = res as LoggedResponse;
  const name = pc.bold(operation ?? `${method} ${path}`);
  const color = statusCode < 400 ? pc.green : statusCode < 500 ? pc.yellow : pc.red;
  return `${name} ${color(statusCode)} ${Math.round(Number(responseTime))} ms`;
};
