const login = `# 1. Enter the password in "Variables" below.
# 2. Run, and copy the access token.
# 3. Open the tab "Me".
mutation LogIn($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on LoginSuccess {
      accessToken
      expiresIn
    }
    ... on ErrorResult {
      code
      message
    }
  }
}
`;

const me = `# Paste the access token into "Headers" below.
query Me {
  me {
    email
    roles
  }
}
`;

const variables = '{\n  "input": { "email": "admin@example.com", "password": "" }\n}';

const options = {
  endpoint: 'graphql',
  title: 'Gatehouse',
  logo: '<img src="favicon.svg" alt="" width="32" height="32">',
  isHeadersEditorEnabled: true,
  showPersistHeadersSettings: false,
  // GraphiQL would keep access tokens in localStorage.
  shouldPersistHeaders: false,
  defaultEditorToolsVisibility: 'variables',
  defaultTabs: [
    { query: login, variables, headers: '' },
    { query: me, headers: '{\n  "authorization": "Bearer "\n}' },
  ],
};

/**
 * The script that starts GraphiQL. A document or its variables may contain a password, which GraphiQL would write into the
 * address bar and into localStorage: here it stays in the tab of the browser.
 */
export const explorerScript = `
const workers = { editorWorkerService: 'editor', graphql: 'graphql', json: 'json' };
self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) => 'explorer/' + (workers[label] ?? 'editor') + '-worker.js',
};
YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
  ...${JSON.stringify(options)},
  // GraphiQL does not show the variables of the first tab by itself. After a reload it shows those that it has stored.
  ...(sessionStorage['graphiql:tabState'] ? {} : { initialVariables: ${JSON.stringify(variables)} }),
  storage: sessionStorage,
  onEditQuery: () => {},
});
`;
