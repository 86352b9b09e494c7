import { createLog } from '../../src/server/log.js';
import { createTerminalLog } from '../../src/server/terminal-log.js';

/** Removes colors, the time at the start of a line, and returns what a log writes to a terminal. */
const shown = async (write: (log: ReturnType<typeof createLog>) => void): Promise<string> => {
  const written: string[] = [];
  const log = createLog({ logLevel: 'info' }, await createTerminalLog({ write: (text) => written.push(text) }));
  write(log);
  return written
    .join('')
    .replaceAll(/\u001b\[\d+m/g, '')
    .replaceAll(/^\[\d\d:\d\d:\d\d\] /gm, '');
};

const completed = { reqId: 'some-id', responseTime: 34.4 };

describe('the log of a terminal', () => {
  it('has one line per request: the operation, or the method and path, the status and the milliseconds', async () => {
    const text = await shown((log) => {
      log.info({ reqId: 'some-id', req: { method: 'POST', path: '/graphql' } }, 'incoming request');
      log.info(
        { ...completed, res: { method: 'POST', path: '/graphql', operation: 'Login', statusCode: 200 } },
        'request completed',
      );
      log.info({ ...completed, res: { method: 'GET', path: '/verify-email', statusCode: 404 } }, 'request completed');
    });
    expect(text).toBe('INFO: Login 200 34 ms\nINFO: GET /verify-email 404 34 ms\n');
  });

  it('shows the fields of any other entry on its line, and the stack of an error', async () => {
    const text = await shown((log) => {
      log.warn({ offsetSeconds: 6 }, 'the clocks differ');
      log.error({ err: new Error('broken') }, 'request failed');
    });
    expect(text).toMatch(/^WARN: the clocks differ \{"offsetSeconds":6\}\nERROR: request failed/);
    expect(text).toMatch(/Error: broken\n +at /);
  });

  it('redacts secrets, as every log does', async () => {
    const text = await shown((log) => log.info({ password: 'kanarienvogel' }, 'an entry'));
    expect(text).toBe('INFO: an entry {"password":"[redacted]"}\n');
  });

  it.each([
    '\u001b[2J',
    '\u0000',
    '\u0007',
    '\b',
    '\r\n',
    '\f',
    '\u007f',
    '\u009b2J',
    '\u2028',
    '\u2029',
    '\u202e',
    '\u2066',
    '\u{e0041}',
  ])('F11: shows no character of an entry that acts on the terminal: %j', async (control) => {
    const text = await shown((log) => log.info({ path: `a${control}b` }, `a${control}b`));
    expect(text).toMatch(/^INFO: a[^\n]+\n$/);
    expect(text).not.toContain(control);
    expect(text).toContain('a\\u');
  });

  it('F11: lets no text of an error look like an entry, or act on the terminal', async () => {
    const text = await shown((log) => {
      log.error({ err: new Error('broken\n[12:00:00] INFO: all is well\u001b[2J\r\u202e') }, 'request failed');
    });
    expect(text).not.toMatch(/^(?:\[12:00:00\] )?INFO/m);
    expect(text).toContain('all is well\\u001b');
    expect(text).not.toMatch(/[\u001b\r\u202e]/);
  });

  it('keeps a backslash', async () => {
    expect(await shown((log) => log.info(String.raw`C:\bin\u001b`))).toBe(String.raw`INFO: C:\bin\u001b` + '\n');
  });
});
