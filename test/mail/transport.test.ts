import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

import { createMailTransport, type Mail } from '../../src/mail/transport.js';

const mail: Mail = {
  id: '01900000-0000-7000-8000-000000000001',
  to: 'Ada.Lovelace@Example.com',
  subject: 'Grüße',
  text: 'Plain\n',
  html: '<p>Simple</p>\n',
};
const options = { mailFrom: 'Gatehouse <id@example.com>', domain: 'id.example.com' };

describe('the file transport', () => {
  it('writes one .eml a mail, for its owner only, whole or not at all', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-mail-'));
    const transport = createMailTransport({ ...options, mailUrl: 'file:', dataDir });
    await transport.send(mail);
    const folder = join(dataDir, 'mail');
    const names = await readdir(folder);
    const parsed = await PostalMime.parse(await readFile(join(folder, `${mail.id}.eml`)));
    const modes = await Promise.all(
      [folder, join(folder, `${mail.id}.eml`)].map(async (path) => (await stat(path)).mode & 0o777),
    );
    await rm(dataDir, { recursive: true });

    expect(names).toEqual([`${mail.id}.eml`]);
    expect(modes).toEqual([0o700, 0o600]);
    expect(parsed).toMatchObject({
      subject: 'Grüße',
      text: expect.stringContaining('Plain') as string,
      messageId: `<${mail.id}@id.example.com>`,
    });
  });
});

describe('MAIL_URL=off', () => {
  it('drops what it is given', async () => {
    const transport = createMailTransport({ ...options, mailUrl: 'off', dataDir: join(tmpdir(), 'never-made') });
    await transport.send(mail);
    await expect(stat(join(tmpdir(), 'never-made'))).rejects.toThrow('ENOENT');
  });
});

describe('the SMTP transport', () => {
  const received: { recipients: string[]; email: Email }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      void buffer(stream)
        .then(async (bytes) => {
          const recipients = session.envelope.rcptTo.map(({ address }) => address);
          received.push({ recipients, email: await PostalMime.parse(bytes) });
        })
        .then(() => done(null, 'accepted'), done);
    },
  });
  let mailUrl: string;

  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    mailUrl = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  });

  afterAll(() => new Promise<void>((closed) => server.close(closed)));

  beforeEach(() => received.splice(0));

  it('delivers text and HTML under a stable Message-ID, to the stored spelling', async () => {
    const transport = createMailTransport({ ...options, mailUrl, dataDir: 'unused' });
    await transport.send(mail);
    transport.close();
    expect(received[0]?.recipients).toEqual(['Ada.Lovelace@example.com']);
    expect(received[0]?.email).toMatchObject({
      from: { name: 'Gatehouse', address: 'id@example.com' },
      subject: 'Grüße',
      messageId: `<${mail.id}@id.example.com>`,
    });
    expect(received[0]?.email.html).toContain('<p>Simple</p>');
  });

  it('rejects when nobody listens', async () => {
    const transport = createMailTransport({ ...options, mailUrl: 'smtp://127.0.0.1:1', dataDir: 'unused' });
    await expect(transport.send(mail)).rejects.toThrow('ECONNREFUSED');
    transport.close();
  });
});
