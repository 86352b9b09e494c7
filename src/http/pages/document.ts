import type { WeakPasswordReason } from '../../errors.js';
import type { PageName, PageText, SharedPageTexts } from '../../languages/language.js';
import { languages, type LanguageTag } from '../../languages/languages.js';
import { script } from './script.js';
import { style } from './style.js';

/** Everything that a page depends on. No part of a request is included. */
export interface PageOptions {
  readonly name: PageName;
  readonly language: LanguageTag;
  /** The host of PUBLIC_URL, which stands for the name of the service. */
  readonly host: string;
  readonly passwordPolicy: { readonly minLength: number; readonly maxLength: number };
}

/** The mutation that each page's button sends. The script reads the type of its field `outcome`. */
const queries: Readonly<Record<PageName, string>> = {
  'verify-email':
    'mutation VerifyEmail($input: VerifyEmailInput!) { outcome: verifyEmail(input: $input) { __typename ... on WeakPasswordError { reasons } ... on RateLimitedError { retryAfterSeconds } } }',
  'reset-password':
    'mutation ResetPassword($input: ResetPasswordInput!) { outcome: resetPassword(input: $input) { __typename ... on WeakPasswordError { reasons } ... on RateLimitedError { retryAfterSeconds } } }',
  'confirm-email-change':
    'mutation ConfirmEmailChange($input: ConfirmEmailChangeInput!) { outcome: confirmEmailChange(input: $input) { __typename ... on RateLimitedError { retryAfterSeconds } } }',
};

/** Renders a page. It is the same for every request, so nothing that an attacker puts into an address can appear in it. */
export const renderPage = ({ name, language, host, passwordPolicy }: PageOptions): string => {
  const { pages, sharedPageTexts: shared } = languages[language];
  const page = pages[name];
  const { heading, confirm, choose } = page;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(`${heading} – ${host}`)}</title>
<style>${style}</style>
</head>
<body>
<main data-query="${escape(queries[name])}">
<h1>${escape(heading)}</h1>
<noscript><p>${escape(shared.noScript)}</p></noscript>
<div id="report" role="status" tabindex="-1"></div>
${confirm ? form(`<p>${escape(confirm.text)}</p>`, confirm.button) : ''}
${choose ? form(passwordField(choose.text, shared, passwordPolicy.minLength), choose.button) : ''}
</main>
${templates(page, shared, passwordPolicy)}
<script type="module">${script}</script>
</body>
</html>
`;
};

// Hidden until the script shows it: the form does nothing without the script.
const form = (inside: string, button: string) =>
  `<form method="post" hidden>${inside}<button>${escape(button)}</button></form>`;

const passwordField = (text: string, shared: SharedPageTexts, minLength: number) => `<p id="choose">${escape(text)}</p>
<label for="password">${escape(shared.password)}</label>
<p class="hint" id="policy">${escape(shared.policy(minLength))}</p>
<input id="password" type="password" autocomplete="new-password" autocapitalize="none" spellcheck="false" required aria-describedby="choose policy report">
<label class="check"><input id="show" type="checkbox"> ${escape(shared.showPassword)}</label>`;

const templates = (
  page: PageText,
  shared: SharedPageTexts,
  { minLength, maxLength }: PageOptions['passwordPolicy'],
): string => {
  const reasons = {
    TOO_SHORT: shared.tooShort(minLength),
    TOO_LONG: shared.tooLong(maxLength),
    LEAKED: shared.leaked,
    CONTAINS_PERSONAL_WORD: shared.personal,
  } satisfies Record<WeakPasswordReason, string>;
  const items = Object.entries(reasons).map(([reason, text]) => `<li data-reason="${reason}">${escape(text)}</li>`);
  const [before, after] = shared.limited;
  return [
    template('Done', escape(page.done)),
    template('InvalidTokenError', escape(page.invalidToken)),
    template('WeakPasswordError', escape(shared.weak), `<ul>${items.join('')}</ul>`),
    template('RateLimitedError', `${escape(before)}<span></span>${escape(after)}`),
    template('Failed', escape(shared.failed)),
    template('NoToken', escape(shared.noToken)),
  ].join('\n');
};

const template = (id: string, paragraph: string, more = '') =>
  `<template id="${id}"><p>${paragraph}</p>${more}</template>`;

const escape = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
