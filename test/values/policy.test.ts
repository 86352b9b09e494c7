import { readFile } from 'node:fs/promises';

import { parse, visit } from 'graphql';

import { securityEventTypesOf } from '../../src/auth/audit/security-events.js';
import { de } from '../../src/languages/de.js';
import { en } from '../../src/languages/en.js';
import {
  ERASURE_GRACE_SECONDS,
  KEEP_ALIVE_SECONDS,
  LINK_TTL_SECONDS,
  MAIL_ATTEMPTS_MAX,
  MAIL_CONCURRENCY,
  MAIL_SEND_SECONDS,
  MAX_CONNECTIONS,
  OPERATION_DEADLINE_SECONDS,
  REQUEST_TIMEOUT_SECONDS,
  SECURITY_EVENT_RETENTION_SECONDS,
  STALLED_CONNECTION_SECONDS,
  PAGE_MAX,
  VERIFICATION_TTL_SECONDS,
} from '../../src/values/policy.js';

const HOUR_SECONDS = 60 * 60;
const DAY_SECONDS = 24 * HOUR_SECONDS;

const textOf = ({ paragraphs }: { readonly paragraphs: readonly string[] }): string => paragraphs.join('\n');

/** The descriptions of a field of the schema and of its arguments. */
const descriptionsOf = async (field: string): Promise<string> => {
  const descriptions: string[] = [];
  visit(parse(await readFile('schema.graphql', 'utf8')), {
    FieldDefinition(node) {
      if (node.name.value !== field) return;
      for (const { description } of [node, ...(node.arguments ?? [])]) descriptions.push(description?.value ?? '');
    },
  });
  return descriptions.join('\n');
};

describe('the lifetime of a link', () => {
  it('is a day for verification, as the emails and docs/mail.md say', async () => {
    expect(VERIFICATION_TTL_SECONDS).toBe(24 * HOUR_SECONDS);
    expect(textOf(en.emails['verify-email'])).toContain('24 hours');
    expect(textOf(de.emails['verify-email'])).toContain('24 Stunden');
    expect(await readFile('docs/mail.md', 'utf8')).toMatch(/^\| `verify-email` .*24 hours/m);
  });

  it.each(['reset-password', 'change-email'] as const)(
    'is an hour in %s, as the emails and docs/mail.md say',
    async (name) => {
      expect(LINK_TTL_SECONDS).toBe(HOUR_SECONDS);
      expect(textOf(en.emails[name])).toContain('one hour');
      expect(textOf(de.emails[name])).toContain('eine Stunde');
      expect(await readFile('docs/mail.md', 'utf8')).toMatch(new RegExp(`^\\| \`${name}\` .*1 hour`, 'm'));
    },
  );
});

describe('the grace period before an account is erased', () => {
  it('is what the schema and the README say', async () => {
    const days = ERASURE_GRACE_SECONDS / DAY_SECONDS;
    expect(await descriptionsOf('deleteMyAccount')).toContain(`${days} days`);
    expect(await readFile('README.md', 'utf8')).toContain(`after ${days} days`);
  });
});

describe('the retention of security events', () => {
  it('is what docs/deployment.md says', async () => {
    const page = await readFile('docs/deployment.md', 'utf8');
    for (const seconds of Object.values(SECURITY_EVENT_RETENTION_SECONDS))
      expect(page).toContain(`${seconds / DAY_SECONDS} days`);
  });

  it('is short for the events that docs/deployment.md lists, and for no others', async () => {
    const row =
      /^\| those that anyone can cause: (.*?) *\|/m.exec(await readFile('docs/deployment.md', 'utf8'))?.[1] ?? '';
    expect(row.match(/\w+/g)?.sort()).toEqual(securityEventTypesOf('outsider').sort());
  });
});

describe('the limits of connections and operations', () => {
  it('are what docs/deployment.md says', async () => {
    const page = await readFile('docs/deployment.md', 'utf8');
    expect(page).toMatch(new RegExp(`^\\| sending a request.*\\| ${REQUEST_TIMEOUT_SECONDS} s `, 'm'));
    expect(page).toMatch(new RegExp(`^\\| not reading a response.*\\| ${STALLED_CONNECTION_SECONDS} s `, 'm'));
    expect(page).toMatch(new RegExp(`^\\| an unused connection.*\\| ${KEEP_ALIVE_SECONDS} s `, 'm'));
    expect(page).toContain(`its own limit must be less than ${KEEP_ALIVE_SECONDS} seconds`);
    expect(page).toMatch(
      new RegExp(`^\\| connections of an instance.*\\| ${MAX_CONNECTIONS.toLocaleString('en')} `, 'm'),
    );
    expect(page).toContain(`does not end within ${OPERATION_DEADLINE_SECONDS} seconds`);
  });
});

describe('a page of users', () => {
  it('has the maximum that the schema states', async () => {
    expect(await descriptionsOf('users')).toContain(`1 to ${PAGE_MAX}`);
  });
});

describe('the delivery of email', () => {
  it('has the concurrency, the attempts and the time limit that docs/mail.md states', async () => {
    const docs = await readFile('docs/mail.md', 'utf8');
    expect(MAIL_CONCURRENCY).toBe(5);
    expect(docs).toContain('five at a time');
    expect(docs).toContain(`${MAIL_ATTEMPTS_MAX} times`);
    expect(docs).toContain(`gives up the attempt after ${MAIL_SEND_SECONDS}.`);
  });

  it('waits a minute or more for a mail server that checks the content of an email', () => {
    expect(MAIL_SEND_SECONDS).toBeGreaterThanOrEqual(60);
  });
});
