import { databaseVariables, keyVariables } from './database-variables.js';
import { limitVariables, mailVariables } from './mail-variables.js';
import { passwordVariables } from './password-variables.js';
import { networkVariables, serverVariables } from './server-variables.js';
import { sessionVariables } from './session-variables.js';

/** The sections of docs/configuration.md, in their order. */
export const variablesByTopic = {
  Server: serverVariables,
  Database: databaseVariables,
  Keys: keyVariables,
  'Tokens and sessions': sessionVariables,
  Passwords: passwordVariables,
  'Accounts and mail': mailVariables,
  Limits: limitVariables,
  Network: networkVariables,
} as const;

/** Every environment variable of Gatehouse. The environment is read by this table, and `Config` is derived from it. */
export const variables = {
  ...serverVariables,
  ...databaseVariables,
  ...keyVariables,
  ...sessionVariables,
  ...passwordVariables,
  ...mailVariables,
  ...limitVariables,
  ...networkVariables,
} as const;

export type VariableName = keyof typeof variables;

/** The values of the variables; undefined when a variable is not set and the table has no default for it. */
export type Values = {
  readonly [N in VariableName]:
    | ReturnType<(typeof variables)[N]['format']['parse']>
    | ((typeof variables)[N] extends { readonly default: string } ? never : undefined);
};
