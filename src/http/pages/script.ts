/**
 * The script of every page: JavaScript for the browser with types in its comments, which a test checks. It is a string, so
 * that the content security policy can contain its hash and the build has no file to copy.
 *
 * It does nothing before a button is pressed. The token of the link is sent to the API and nowhere else: the server writes
 * no part of an address into a page, and all messages come from the page's own templates.
 */
export const script = `
const main = /** @type {HTMLElement} */ (document.querySelector('main'));
const report = /** @type {HTMLElement} */ (document.getElementById('report'));
const username = /** @type {HTMLInputElement | null} */ (document.getElementById('username'));
const password = /** @type {HTMLInputElement | null} */ (document.getElementById('password'));
const show = /** @type {HTMLInputElement | null} */ (document.getElementById('show'));
const forms = [...document.forms];

// Removed from the address bar, so that a copied address does not contain it; the language stays.
const address = new URL(location.href);
const token = address.searchParams.get('token');
address.searchParams.delete('token');
history.replaceState(null, '', address);

/** @param {string} name */
const showResult = (name) => {
  const template = document.getElementById(name) ?? document.getElementById('Failed');
  if (!(template instanceof HTMLTemplateElement)) return;
  // The role comes first, so that a screen reader announces what is inserted afterwards.
  report.setAttribute('role', template.dataset['role'] ?? 'alert');
  report.replaceChildren(template.content.cloneNode(true));
};

/**
 * @param {string} name
 * @param {string | number} value
 */
const insert = (name, value) => {
  for (const place of report.querySelectorAll('[data-value="' + name + '"]')) place.textContent = String(value);
};

/** @param {HTMLFormElement} [open] */
const showOnly = (open) => {
  for (const form of forms) form.hidden = form !== open;
};

/**
 * @param {string} name
 * @param {string} [email]
 */
const finish = (name, email = '') => {
  showOnly();
  for (const form of forms) form.reset();
  // For password managers, which read the form when it disappears.
  if (username) username.value = email;
  showResult(name);
  insert('email', email);
  report.focus();
};

/** @param {HTMLElement | null} field */
const markInvalid = (field) => {
  field?.setAttribute('aria-invalid', 'true');
  field?.focus();
};

/**
 * @typedef {{ __typename: string, email?: string, reasons?: string[], retryAfterSeconds?: number }} Outcome
 * @param {string | undefined} newPassword
 * @returns {Promise<Outcome>}
 */
const sendMutation = async (newPassword) => {
  // Relative, so that a prefix that a proxy adds to the path is kept.
  const response = await fetch('graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    credentials: 'omit',
    signal: AbortSignal.timeout(30_000),
    body: JSON.stringify({ query: main.dataset['query'], variables: { input: { token, newPassword } } }),
  });
  const { data } = await response.json();
  return data.outcome;
};

/** @param {Outcome} outcome */
const showOutcome = ({ __typename: name, email, reasons = [], retryAfterSeconds = 0 }) => {
  if (name.endsWith('Success')) return finish('Done', email);
  if (name === 'InvalidTokenError') return finish(name);
  if (name === 'PasswordRequiredError') {
    showOnly(forms.at(-1));
    password?.focus();
    return;
  }
  showResult(name);
  insert('minutes', Math.ceil(retryAfterSeconds / 60));
  for (const reason of report.querySelectorAll('li')) reason.hidden = !reasons.includes(reason.dataset['reason'] ?? '');
  if (name === 'WeakPasswordError') markInvalid(password);
};

for (const form of forms) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (form.hasAttribute('aria-busy')) return;
    form.setAttribute('aria-busy', 'true');
    report.replaceChildren();
    password?.removeAttribute('aria-invalid');
    const newPassword = password !== null && form.contains(password) ? password.value : undefined;
    await sendMutation(newPassword).then(showOutcome).catch(() => showResult('Failed'));
    form.removeAttribute('aria-busy');
  });
}

show?.addEventListener('change', () => {
  if (password) password.type = show.checked ? 'text' : 'password';
});

if (token) showOnly(forms[0]);
else finish('NoToken');
`;
