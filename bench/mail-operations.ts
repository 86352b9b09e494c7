import { PASSWORD } from './population.js';
import type { GraphQLResponse, GraphQLRequest } from './servers.js';

const mutation = (name: string, type: string, selection: string) =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`;

const queries = {
  signUp: mutation('signUp', 'SignUpInput', '__typename ... on SignUpAccepted { receipt }'),
  verifyEmail: mutation('verifyEmail', 'VerifyEmailInput', '__typename'),
  requestPasswordReset: mutation('requestPasswordReset', 'EmailInput', '__typename accepted'),
  resetPassword: mutation('resetPassword', 'ResetPasswordInput', '__typename'),
  login: mutation('login', 'LoginInput', '__typename'),
} as const;

const question = (name: keyof typeof queries, input: object): GraphQLRequest => ({
  query: queries[name],
  variables: { input },
});

export const signUp = (email: string): GraphQLRequest => question('signUp', { email, password: PASSWORD });

/** With the receipt the password of the sign-up stays; without one a new one is chosen. */
export const verifyEmail = (token: string, receipt: string | undefined): GraphQLRequest =>
  question('verifyEmail', receipt === undefined ? { token, newPassword: PASSWORD } : { token, receipt });

export const requestPasswordReset = (email: string): GraphQLRequest => question('requestPasswordReset', { email });

export const resetPassword = (token: string, newPassword: string): GraphQLRequest =>
  question('resetPassword', { token, newPassword });

export const login = (email: string, password: string): GraphQLRequest => question('login', { email, password });

/** How a mutation ended, by the name of its result; what was refused before it ended is told whole. */
export const resultOf = ({ status, data }: GraphQLResponse): { name: string; receipt?: string } => {
  const [result] = Object.values(data ?? {}) as ({ __typename: string; receipt?: string } | null)[];
  if (status !== 200 || !result) return { name: `${status} ${JSON.stringify(data)}` };
  const { __typename: name, receipt } = result;
  return { name, ...(receipt === undefined ? {} : { receipt }) };
};

/** Limits so high that no sign-up and no reset meets one. */
export const unlimited = {
  MAILS_PER_ADDRESS_PER_HOUR: '1000',
  MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '1000000',
};
