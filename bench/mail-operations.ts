import { PASSWORD } from './population.js';
import type { GraphQLResponse, GraphQLRequest } from './servers.js';

const mutation = (name: string, type: string, selection: string) =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`;

const queries = {
  signUp: mutation('signUp', 'SignUpInput', '__typename ... on SignUpSuccess { receipt }'),
  verifyEmail: mutation('verifyEmail', 'VerifyEmailInput', '__typename'),
  requestPasswordReset: mutation('requestPasswordReset', 'RequestPasswordResetInput', '__typename'),
  resetPassword: mutation('resetPassword', 'ResetPasswordInput', '__typename'),
  login: mutation('login', 'LoginInput', '__typename'),
} as const;

const request = (name: keyof typeof queries, input: object): GraphQLRequest => ({
  query: queries[name],
  variables: { input },
});

export const signUpRequest = (email: string): GraphQLRequest => request('signUp', { email, password: PASSWORD });

/** With a receipt, the password of the sign-up is kept. Without one, a new password is set. */
export const verifyEmailRequest = (token: string, receipt: string | undefined): GraphQLRequest =>
  request('verifyEmail', receipt === undefined ? { token, newPassword: PASSWORD } : { token, receipt });

export const passwordResetRequest = (email: string): GraphQLRequest => request('requestPasswordReset', { email });

export const resetPasswordRequest = (token: string, newPassword: string): GraphQLRequest =>
  request('resetPassword', { token, newPassword });

export const loginRequest = (email: string, password: string): GraphQLRequest => request('login', { email, password });

/** Returns the name of a mutation's result type, or status and data when the request was refused. */
export const resultOf = ({ status, data }: GraphQLResponse): { name: string; receipt?: string } => {
  const [result] = Object.values(data ?? {}) as ({ __typename: string; receipt?: string } | null)[];
  if (status !== 200 || !result) return { name: `${status} ${JSON.stringify(data)}` };
  const { __typename: name, receipt } = result;
  return { name, ...(receipt === undefined ? {} : { receipt }) };
};

/** Limits that no sign-up and no reset reaches. */
export const highMailLimits = {
  MAILS_PER_ADDRESS_PER_HOUR: '1000',
  MAIL_REQUESTS_PER_NETWORK_PER_HOUR: '1000000',
};
