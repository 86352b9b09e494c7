/**
 * `npm run bench -- NAME`: figures on standard output, and a failure when one of them breaks a promise of the server.
 *
 * - `requests`, when nothing is named: what a request costs, as ratios within one run
 * - `revocation`: how soon another instance refuses what one has revoked, also while its listener is cut again and again
 * - `refreshes`: what a thousand refreshes at once make of one token
 * - `rows`: what a million sessions cost that a thousand do not
 * - `enumeration`: whether the time of an answer tells who has an account
 * - `mail`: what sign-ups and resets notice of a mail server that is broken, and whether every mail arrives afterwards
 * - `kills`: what fifty SIGKILLs leave of sign-ups and resets
 * - `outage`: what requests and `readyz` make of a database that falls silent, and how soon they recover
 * - `setup-kills`: whether a start serves after one that was killed while it set up the database
 * - `import`: a hundred thousand users from another system
 * - `documents`: what the largest body of each shape costs
 */
import { run, type Command } from './bench.js';

const commands: Record<string, () => Promise<Command>> = {
  revocation: async () => (await import('./revocation.js')).revocation,
  refreshes: async () => (await import('./refreshes.js')).refreshes,
  rows: async () => (await import('./rows.js')).rows,
  enumeration: async () => (await import('./enumeration.js')).enumeration,
  mail: async () => (await import('./mail.js')).mail,
  kills: async () => (await import('./kills.js')).kills,
  outage: async () => (await import('./outage.js')).outage,
  'setup-kills': async () => (await import('./setup-kills.js')).setupKills,
  import: async () => (await import('./import.js')).importing,
  documents: async () => (await import('./documents.js')).documents,
};

const [name = 'requests', ...flags] = process.argv.slice(2);
try {
  if (name === 'requests') {
    await import('./requests.js');
  } else {
    const command = await commands[name]?.();
    if (!command)
      throw new Error(`There is no bench ${name}; there are requests, ${Object.keys(commands).join(', ')}.`);
    await run(command, flags);
    // What was given up may still have a timer or a socket.
    process.exit(0);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
