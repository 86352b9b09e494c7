import pc from 'picocolors';

import type { Auth } from '../auth/auth.js';
import type { Config } from '../config/config.js';
import { createFirstAdministrator, type FirstAdministrator } from './first-administrator.js';

/** Tells a developer where the API is and, in a database without users, how to log in as the first administrator. */
export const printStartupMessage = async (
  { publicUrl, dataDir }: Pick<Config, 'publicUrl' | 'dataDir'>,
  auth: Auth,
): Promise<void> => {
  const endpoint = `${publicUrl}/graphql`;
  const administrator = await createFirstAdministrator({ auth, dataDir, terminal: process.stdout });
  const lines = [
    `${pc.bold('Gatehouse')} is ready at ${pc.cyan(endpoint)}`,
    'Open it in a browser for Apollo Sandbox.',
    ...(administrator ? ['', 'Log in as the first administrator:', loginCommand(endpoint, administrator)] : []),
  ];
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
};

const loginCommand = (endpoint: string, administrator: FirstAdministrator): string =>
  `  curl -s ${endpoint} -H 'content-type: application/json' -d '${loginBody(administrator)}'`;

const loginBody = ({ email, passwordInShell }: FirstAdministrator): string =>
  `{"query":"mutation ($input: LoginInput!) { login(input: $input) { __typename ... on LoginSuccess { accessToken refreshToken expiresIn } } }",` +
  `"variables":{"input":{"email":"${email}","password":"${passwordInShell}"}}}`;
