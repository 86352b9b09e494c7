import { ClientError, gql } from 'graphql-request';

import { createClient } from './graphql-request.js';
import { createSession, isUnauthenticated } from './session.js';
import { createMemoryStorage, type Tokens } from './storage.js';

const url = 'http://localhost:4000/graphql';
const session = createSession({
  url,
  transport: 'cookie',
  storage: createMemoryStorage(),
  locks: navigator.locks,
  onLoggedOut: () => showLogin('You have been logged out.'),
});
const client = createClient(url, session);

interface Me {
  readonly me: { readonly email: string } | null;
}

interface Login {
  readonly login: { readonly __typename: string } & Tokens & {
      readonly code: string;
      readonly retryAfterSeconds?: number;
    };
}

const me = gql`
  query Me {
    me {
      email
    }
  }
`;

const login = gql`
  mutation Login($input: LoginInput!) {
    login(input: $input) {
      __typename
      ... on LoginSuccess {
        accessToken
        refreshToken
      }
      ... on ErrorResult {
        code
      }
      ... on RateLimitedError {
        retryAfterSeconds
      }
    }
  }
`;

/** What a user reads about a login that failed. The messages of the server are for developers. */
const textOf = ({ code, retryAfterSeconds = 0 }: Login['login']): string => {
  switch (code) {
    case 'INVALID_CREDENTIALS':
      return 'The email address or the password is wrong.';
    case 'EMAIL_NOT_VERIFIED':
      return 'Open the link in the email that we have sent you first.';
    case 'RATE_LIMITED':
      return `Too many attempts. Try again in ${String(retryAfterSeconds)} seconds.`;
    default:
      return 'The login is not possible. Try again later.';
  }
};

/** Shows any other failure. A developer finds what is wrong in the console. */
const fail = (error: unknown): string => {
  console.error(error);
  return error instanceof ClientError
    ? 'Something went wrong. Try again later.'
    : 'The server cannot be reached. Try again later.';
};

/** Shows the user, or the login if nobody is logged in: after a reload only the browser knows, by the cookie. */
const start = async (): Promise<void> => {
  try {
    const { me: user } = await client.request<Me>(me);
    if (user) showUser(user.email);
    else showLogin();
  } catch (error) {
    const response = error instanceof ClientError ? error.response : undefined;
    if (!isUnauthenticated(response?.status, response?.errors, false)) showLogin(fail(error));
    // If a session ended, onLoggedOut has already shown the login and says so.
    else if (!app.querySelector('form')) showLogin();
  }
};

const logIn = async (form: HTMLFormElement): Promise<void> => {
  try {
    const { email, password } = Object.fromEntries(new FormData(form));
    const { login: result } = await client.request<Login>(login, { input: { email, password } });
    if (result.__typename === 'LoginSuccess') {
      session.begin(result);
      await start();
    } else showLogin(textOf(result));
  } catch (error) {
    showLogin(fail(error));
  }
};

const logOut = async (): Promise<void> => {
  showLogin((await session.end()) ? '' : 'The server cannot be reached, so the session may still be active.');
};

const app = document.querySelector<HTMLDivElement>('#app') ?? document.body;

/** Shows the login and what went wrong. A form that is already there keeps what the user entered. */
const showLogin = (problem = ''): void => {
  if (!app.querySelector('form')) {
    app.innerHTML = `
      <form>
        <p><label>Email <input name="email" type="email" autocomplete="username" required></label></p>
        <p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
        <p role="alert"></p>
        <p><button>Log in</button></p>
      </form>`;
    app.querySelector('form')?.addEventListener('submit', (event) => {
      event.preventDefault();
      void logIn(event.currentTarget as HTMLFormElement);
    });
  }
  const alert = app.querySelector('[role=alert]');
  if (alert) alert.textContent = problem;
};

const showUser = (email: string): void => {
  app.innerHTML = '<p>You are logged in as <b></b>.</p><p><button>Reload user</button> <button>Log out</button></p>';
  const [name, reload, end] = [app.querySelector('b'), ...app.querySelectorAll('button')];
  if (name) name.textContent = email;
  reload?.addEventListener('click', () => void start());
  end?.addEventListener('click', () => void logOut());
};

void start();
