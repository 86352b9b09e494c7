import type { WeakPasswordReason } from '../../errors.js';
import { script } from './script.js';
import { style } from './style.js';
import {
  pageTranslations,
  type Language,
  type PageName,
  type PageText,
  type PageTranslation,
} from '../../languages/pages.js';

/** What a page is made of beside its words. */
export interface PageOptions {
  readonly name: PageName;
  readonly language: Language;
  /** The host that people know the service by. */
  readonly host: string;
  readonly passwordPolicy: { readonly minLength: number; readonly maxLength: number };
}

/** The mutation behind each page's button. The script answers to the types that it names `outcome`. */
const queries: Readonly<Record<PageName, string>> = {
  'verify-email':
    'mutation VerifyEmail($input: VerifyEmailInput!) { outcome: verifyEmail(input: $input) { __typename ... on WeakPassword { reasons } ... on RateLimited { retryAfterSeconds } } }',
  'reset-password':
    'mutation ResetPassword($input: ResetPasswordInput!) { outcome: resetPassword(input: $input) { __typename ... on WeakPassword { reasons } ... on RateLimited { retryAfterSeconds } } }',
  'confirm-email-change':
    'mutation ConfirmEmailChange($input: ConfirmEmailChangeInput!) { outcome: confirmEmailChange(input: $input) { __typename } }',
};

/** Writes a page, whole. It is the same for everybody: no part of a request is in it. */
export const writePage = ({ name, language, host, passwordPolicy }: PageOptions): string => {
  const said = pageTranslations[language];
  const page = said.pages[name];
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
<noscript><p>${escape(said.noScript)}</p></noscript>
<div id="report" role="status" tabindex="-1"></div>
${confirm ? form(`<p>${escape(confirm.text)}</p>`, confirm.button) : ''}
${choose ? form(passwordField(choose.text, said, passwordPolicy.minLength), choose.button) : ''}
</main>
${templates(page, said, passwordPolicy)}
<script type="module">${script}</script>
</body>
</html>
`;
};

// Hidden until the script, without which it does nothing, opens it.
const form = (inside: string, button: string) =>
  `<form method="post" hidden>${inside}<button>${escape(button)}</button></form>`;

const passwordField = (text: string, said: PageTranslation, minLength: number) => `<p id="choose">${escape(text)}</p>
<label for="password">${escape(said.password)}</label>
<p class="hint" id="policy">${escape(said.policy(minLength))}</p>
<input id="password" type="password" autocomplete="new-password" autocapitalize="none" spellcheck="false" required aria-describedby="choose policy report">
<label class="check"><input id="show" type="checkbox"> ${escape(said.showPassword)}</label>`;

const templates = (
  page: PageText,
  said: PageTranslation,
  { minLength, maxLength }: PageOptions['passwordPolicy'],
): string => {
  const reasons = {
    TOO_SHORT: said.tooShort(minLength),
    TOO_LONG: said.tooLong(maxLength),
    LEAKED: said.leaked,
    CONTAINS_PERSONAL_WORD: said.personal,
  } satisfies Record<WeakPasswordReason, string>;
  const items = Object.entries(reasons).map(([reason, text]) => `<li data-reason="${reason}">${escape(text)}</li>`);
  const [before, after] = said.limited;
  return [
    template('Done', escape(page.done)),
    template('InvalidToken', escape(page.invalidToken)),
    template('WeakPassword', escape(said.weak), `<ul>${items.join('')}</ul>`),
    template('RateLimited', `${escape(before)}<span></span>${escape(after)}`),
    template('Failed', escape(said.failed)),
    template('NoToken', escape(said.noToken)),
  ].join('\n');
};

const template = (id: string, paragraph: string, more = '') =>
  `<template id="${id}"><p>${paragraph}</p>${more}</template>`;

const escape = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
