import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import PostalMime from 'postal-mime';

import { mailUrl } from '../../src/config/mail-url.js';
import { mailbox } from '../../src/config/mailbox.js';
import { deliveryFailureOf } from '../../src/mail/delivery-failure.js';
import { createMailTransport, type Mail } from '../../src/mail/transport.js';
import { selfSigned } from '../support/certificate.js';
import { startMailServer, type MailServer } from '../support/smtp.js';

const mail: Mail = {
  id: '01900000-0000-7000-8000-000000000001',
  to: 'Ada.Lovelace@Example.com',
  subject: 'Grüße',
  text: 'Plain\n',
  html: '<p>Simple</p>\n',
};
const options = {
  mailFrom: { name: 'Gatehouse', address: 'id@example.com' },
  domain: 'id.example.com',
  connections: 1,
};
const neverAborted = new AbortController().signal;

/** Sends the email in a process whose Node also trusts this certificate, and returns what it writes to stderr. */
const sendTrusting = async (certificate: string, url: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-trust-'));
  await writeFile(join(folder, 'authority.pem'), certificate);
  const program = `
    const { createMailTransport } = await import('./src/mail/transport.ts');
    const { mailUrl } = await import('./src/config/mail-url.ts');
    const options = { ...${JSON.stringify(options)}, mailUrl: mailUrl.parse(${JSON.stringify(url)}), dataDir: 'unused' };
    const transport = createMailTransport(options);
    await transport.send(${JSON.stringify(mail)}, new AbortController().signal);
    transport.close();`;
  const child = spawn(
    process.execPath,
    ['--import', './scripts/typescript.mjs', '--input-type=module', '--eval', program],
    { env: { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') }, stdio: ['ignore', 'inherit', 'pipe'] },
  );
  const complaints = await text(child.stderr);
  await rm(folder, { recursive: true });
  return complaints;
};

describe('the file transport', () => {
  it('writes one complete .eml file per email, readable by its owner only', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-mail-'));
    const transport = createMailTransport({ ...options, mailUrl: 'file:', dataDir });
    await transport.send(mail, neverAborted);
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

describe('the headers of an email', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-mail-'));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  const send = async (mailFrom: string, to = mail.to, appName?: string): Promise<string> => {
    const from = { mailFrom: mailbox.parse(mailFrom), appName };
    const config = { ...options, ...from, mailUrl: 'file:' as const, dataDir };
    await createMailTransport(config).send({ ...mail, to }, neverAborted);
    return readFile(join(dataDir, 'mail', `${mail.id}.eml`), 'utf8');
  };
  const senderNamed = async (mailFrom: string, appName?: string) =>
    (await PostalMime.parse(await send(mailFrom, mail.to, appName))).from;
  const sender = async (mailFrom: string) => (await PostalMime.parse(await send(mailFrom))).from;

  it('name the sender that MAIL_FROM names, in any of its spellings, and no address to reply to', async () => {
    expect(await sender('id@example.com')).toEqual({ name: '', address: 'id@example.com' });
    expect(await sender('Acme (Support) <id@example.com>')).toEqual({ name: 'Acme', address: 'id@example.com' });
    expect(await sender('"Acme, \\"Inc.\\"" <id@example.com>')).toEqual({
      name: 'Acme, "Inc."',
      address: 'id@example.com',
    });
    expect(await sender('Jörg 東京 <id@example.com>')).toEqual({ name: 'Jörg 東京', address: 'id@example.com' });
    expect(await send('id@example.com')).not.toMatch(/^(?:Reply-To|Sender|Cc|Bcc):/im);
  });

  it('contain no address that a mail program could decode into another', async () => {
    await expect(send('id@example.com', '=?utf-8?q?eve=40evil.example?=@example.com')).rejects.toThrow('UNWRITABLE');
  });

  it('name APP_NAME as the sender where MAIL_FROM has no name', async () => {
    const appName = 'Müller, Söhne "& Co"';
    expect(await senderNamed('id@example.com')).toEqual({ name: '', address: 'id@example.com' });
    expect(await senderNamed('id@example.com', appName)).toEqual({
      name: appName,
      address: 'id@example.com',
    });
    expect(await senderNamed('"A, B" <id@example.com>', appName)).toEqual({
      name: 'A, B',
      address: 'id@example.com',
    });
  });
});

describe('MAIL_URL=off', () => {
  it('drops every email', async () => {
    const transport = createMailTransport({ ...options, mailUrl: 'off', dataDir: join(tmpdir(), 'never-made') });
    await transport.send(mail, neverAborted);
    await expect(stat(join(tmpdir(), 'never-made'))).rejects.toThrow('ENOENT');
  });
});

describe('the SMTP transport', () => {
  let server: MailServer;
  const transportTo = (url: string) =>
    createMailTransport({ ...options, mailUrl: mailUrl.parse(url), dataDir: 'unused' });

  const untrustedCertificate = () => {
    const { key, certificate: cert } = selfSigned('localhost');
    return { key, cert };
  };

  it('states in its envelope the addresses of the headers', async () => {
    const senders: string[] = [];
    server = await startMailServer({
      options: {
        disabledCommands: ['STARTTLS', 'AUTH'],
        onMailFrom({ address }, _session, done) {
          senders.push(address);
          done();
        },
      },
    });
    const mailFrom = mailbox.parse('"Acme, Inc." (Support) <id@example.com>');
    const url = mailUrl.parse(`smtp://127.0.0.1:${server.port}`);
    const transport = createMailTransport({ ...options, mailFrom, mailUrl: url, dataDir: 'unused' });
    await transport.send(mail, neverAborted);
    await expect(transport.send({ ...mail, to: '=?utf-8?b?eA==?=@example.com' }, neverAborted)).rejects.toThrow();
    transport.close();
    expect(senders).toEqual(['id@example.com']);
    expect(server.accepted.map(({ recipients }) => recipients)).toEqual([['Ada.Lovelace@example.com']]);
    expect(server.accepted[0]?.email.from).toEqual({ name: 'Acme, Inc.', address: 'id@example.com' });
  });

  /** Sends one email and closes the connection. */
  const sendTo = async (url: string, signal = neverAborted): Promise<void> => {
    const transport = transportTo(url);
    await transport.send(mail, signal).finally(() => {
      transport.close();
    });
  };

  afterEach(() => server.close());

  it('delivers text and HTML under a stable Message-ID, to the address as it is stored', async () => {
    server = await startMailServer();
    await sendTo(`smtp://127.0.0.1:${server.port}`);
    expect(server.accepted[0]?.recipients).toEqual(['Ada.Lovelace@example.com']);
    expect(server.accepted[0]?.email).toMatchObject({
      from: { name: 'Gatehouse', address: 'id@example.com' },
      subject: 'Grüße',
      messageId: `<${mail.id}@id.example.com>`,
    });
    expect(server.accepted[0]?.email.html).toContain('<p>Simple</p>');
  });

  it('rejects when no server listens', async () => {
    server = await startMailServer();
    await expect(sendTo('smtp://127.0.0.1:1')).rejects.toThrow('ECONNREFUSED');
  });

  it('logs in without TLS on this machine', async () => {
    server = await startMailServer({ options: { disabledCommands: ['STARTTLS'], allowInsecureAuth: true } });
    await sendTo(`smtp://ada:a%40secret@127.0.0.1:${server.port}`);
    expect(server.credentials).toEqual(['ada:a@secret']);
  });

  it('refuses a certificate that no known authority signed, and sends no password', async () => {
    server = await startMailServer({ options: { secure: true, ...untrustedCertificate() } });
    const sent = sendTo(`smtps://ada:secret@127.0.0.1:${server.port}`).catch(deliveryFailureOf);
    expect(await sent).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT', concerns: 'server' });
    expect([server.credentials, server.accepted]).toEqual([[], []]);
  });

  it('refuses such a certificate after STARTTLS too', async () => {
    server = await startMailServer({ options: untrustedCertificate() });
    const sent = sendTo(`smtp://ada:secret@127.0.0.1:${server.port}?tls=required`).catch(deliveryFailureOf);
    expect(await sent).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT', concerns: 'server' });
    expect([server.credentials, server.accepted]).toEqual([[], []]);
  });

  it('sends no password and no email when STARTTLS was removed from the server’s response', async () => {
    server = await startMailServer({ options: { disabledCommands: ['STARTTLS'], allowInsecureAuth: true } });
    await expect(sendTo(`smtp://ada:secret@127.0.0.1:${server.port}?tls=required`)).rejects.toThrow('STARTTLS');
    expect([server.credentials, server.accepted]).toEqual([[], []]);
  });

  it('delivers over TLS to a server whose certificate a known authority signed', async () => {
    const { key, cert } = untrustedCertificate();
    server = await startMailServer({ options: { key, cert } });
    expect(await sendTrusting(cert, `smtp://ada:secret@localhost:${server.port}?tls=required`)).toBe('');
    expect(server.credentials).toEqual(['ada:secret']);
    expect(server.accepted).toHaveLength(1);
  });

  it('stops waiting for a server that does not respond when the signal is aborted', async () => {
    server = await startMailServer({ onMail: () => new Promise(() => undefined) });
    const limit = new AbortController();
    const sent = sendTo(`smtp://127.0.0.1:${server.port}`, limit.signal).catch(deliveryFailureOf);
    limit.abort();
    expect(await sent).toEqual({ code: 'ETIMEDOUT', concerns: 'server', permanent: false });
  });
});
