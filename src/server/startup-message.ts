import { join } from 'node:path';

import pc from 'picocolors';

import type { Auth } from '../auth/auth.js';
import type { Config } from '../config/config.js';
import { hasExplorer } from '../http/explorer/explorer-assets.js';
import { createFirstAdministrator, type FirstAdministrator } from './first-administrator.js';
import type { Terminal } from './terminal.js';

export interface StartupMessageOptions {
  readonly config: Pick<Config, 'publicUrl' | 'dataDir' | 'corsOrigins' | 'mailUrl' | 'nodeEnv' | 'introspection'>;
  readonly auth: Auth;
  readonly terminal: Terminal;
}

/**
 * Tells a developer where the API is, where emails are, how to allow a front end on another port and, in a database without
 * users, how to log in as the first administrator.
 */
export const printStartupMessage = async ({ config, auth, terminal }: StartupMessageOptions): Promise<void> => {
  const { publicUrl, dataDir, corsOrigins, mailUrl } = config;
  const endpoint = `${publicUrl}/graphql`;
  const administrator = await createFirstAdministrator({ auth, dataDir, terminal });
  const lines = [
    `${pc.bold('Gatehouse')} is ready at ${pc.cyan(endpoint)}`,
    'Open it in a browser for Apollo Sandbox.',
    ...(hasExplorer(config) ? [`${pc.cyan(`${publicUrl}/explorer`)} is an explorer that needs no internet.`] : []),
    ...(mailUrl === 'file:' ? [`Emails are written to ${join(dataDir, 'mail')}.`] : []),
    ...(corsOrigins.length === 0
      ? [
          'Is your front end on another port, such as 5173? Start the server with its origin:',
          `  CORS_ORIGINS=${FRONT_END} APP_URL=${FRONT_END} npm start`,
        ]
      : []),
    ...(administrator ? ['', 'Log in as the first administrator:', loginCommand(endpoint, administrator)] : []),
  ];
  terminal.write(`\n${lines.join('\n')}\n\n`);
};

/** The origin of Vite's development server. */
const FRONT_END = 'http://localhost:5173';

const loginCommand = (endpoint: string, administrator: FirstAdministrator): string =>
  `  curl -s ${endpoint} -H 'content-type: application/json' -d '${loginBody(administrator)}'`;

const loginBody = ({ email, passwordInShell }: FirstAdministrator): string =>
  `{"query":"mutation ($input: LoginInput!) { login(input: $input) { __typename ... on LoginSuccess { accessToken refreshToken expiresIn } } }",` +
  `"variables":{"input":{"email":"${email}","password":"${passwordInShell}"}}}`;
