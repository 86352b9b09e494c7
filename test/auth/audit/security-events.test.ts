import { actorOf, recordEvent } from '../../../src/auth/audit/security-events.js';
import type { NewSecurityEvent } from '../../../src/store/tables/security-events.js';
import type { Rows } from '../../../src/store/store.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const client = { network: '203.0.113.0/24', ranges: null, userAgent: 'curl/8.14.1', language: 'en', requestId: 'r-1' };

const written = async (...event: [Parameters<typeof recordEvent>[2], Parameters<typeof recordEvent>[3]]) => {
  const events: NewSecurityEvent[] = [];
  const add = (added: readonly NewSecurityEvent[]) => Promise.resolve(void events.push(...added));
  await recordEvent({ securityEvents: { add } } as Rows, NOW, ...event);
  return events[0];
};

describe('a security event', () => {
  it('names the actor, the subject, the network and the request', async () => {
    const event = { type: 'LOGGED_OUT', subjectId: 's', sessionId: 'n', detail: { count: 2 } } as const;
    expect(await written({ kind: 'user', userId: 'u', client }, event)).toMatchObject({
      ...{ type: 'LOGGED_OUT', actorKind: 'user', actorId: 'u', operator: null, subjectId: 's', sessionId: 'n' },
      ...{ correlationId: 'r-1', network: '203.0.113.0/24', userAgent: 'curl/8.14.1', detail: { count: 2 } },
    });
  });

  it('stores unknown values as null', async () => {
    const nothing = {
      operator: null,
      actorId: null,
      subjectId: null,
      sessionId: null,
      correlationId: null,
      network: null,
    };
    expect(await written({ kind: 'system' }, { type: 'USER_CREATED' })).toMatchObject({
      ...nothing,
      ...{ actorKind: 'system', userAgent: null, detail: {} },
    });
    const unknown = { ...client, network: null, userAgent: null };
    expect(await written({ kind: 'anonymous', client: unknown }, { type: 'LOGIN_FAILED' })).toMatchObject({
      ...nothing,
      ...{ actorKind: 'anonymous', correlationId: 'r-1', userAgent: null },
    });
  });

  it('names the operator of a command', async () => {
    expect(await written({ kind: 'operator', name: 'ops' }, { type: 'USER_CREATED' })).toMatchObject({
      actorKind: 'operator',
      operator: 'ops',
    });
  });

  it('keeps its id sorted by its time', async () => {
    const event = await written({ kind: 'system' }, { type: 'USER_CREATED' });
    expect(Number.parseInt(event?.id.replaceAll('-', '').slice(0, 12) ?? '', 16)).toBe(NOW.getTime());
  });

  // A line break in a user agent makes two lines of a log, of which the second says what its sender wants
  it('strips a user agent of control characters and cuts it', async () => {
    const userAgent = `curl\r\n{"type":"USER_CREATED"}\u0000\u001b[2J\u0085\u009f${'x'.repeat(1000)}`;
    const event = await written({ kind: 'anonymous', client: { ...client, userAgent } }, { type: 'LOGIN_FAILED' });
    expect(event?.userAgent).toMatch(/^curl {2}\{"type":"USER_CREATED"\} {2}\[2J {2}x+$/);
    expect(event?.userAgent).toHaveLength(256);
  });
});

describe('actorOf', () => {
  it('is the user who calls, or anonymous', () => {
    const caller = { kind: 'user', userId: 'u', sessionId: 's', roles: [] } as const;
    expect(actorOf(caller, client)).toEqual({ kind: 'user', userId: 'u', client });
    expect(actorOf({ kind: 'anonymous', reason: 'MISSING' }, client)).toEqual({ kind: 'anonymous', client });
  });
});
