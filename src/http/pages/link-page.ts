import type { WeakPasswordReason } from '../../errors.js';
import type { PageName, SharedPageTexts } from '../../languages/language.js';
import type { PageTranslation } from '../../languages/page-translations.js';
import { escapeHtml } from '../../values/html-text.js';
import { fillHtml, renderDocument } from './html.js';
import { script } from './script.js';

/** Everything that such a page depends on. No part of a request is included. */
export interface LinkPageOptions {
  readonly name: PageName;
  readonly translation: PageTranslation<PageName>;
  /** APP_NAME, or the host name of PUBLIC_URL. */
  readonly service: string;
  readonly passwordPolicy: { readonly minLength: number; readonly maxLength: number };
  readonly style: string;
}

/** The mutation that each page's button sends. The script reads the type of its field `outcome`. */
const queries: Readonly<Record<PageName, string>> = {
  'verify-email':
    'mutation VerifyEmail($input: VerifyEmailInput!) { outcome: verifyEmail(input: $input) { __typename ... on VerifyEmailSuccess { email } ... on WeakPasswordError { reasons } ... on RateLimitedError { retryAfterSeconds } } }',
  'reset-password':
    'mutation ResetPassword($input: ResetPasswordInput!) { outcome: resetPassword(input: $input) { __typename ... on ResetPasswordSuccess { email } ... on WeakPasswordError { reasons } ... on RateLimitedError { retryAfterSeconds } } }',
  'confirm-email-change':
    'mutation ConfirmEmailChange($input: ConfirmEmailChangeInput!) { outcome: confirmEmailChange(input: $input) { __typename ... on ConfirmEmailChangeSuccess { email } ... on RateLimitedError { retryAfterSeconds } } }',
};

/** Renders a page that a link in an email leads to. It is the same for every request, so nothing that an attacker puts into an address can appear in it. */
export const renderLinkPage = (options: LinkPageOptions): string => {
  const { name, translation, service, style } = options;
  const { locale, text, shared } = translation;
  const fill = createFill(options);
  const { confirmText, confirmButton, chooseText, chooseButton } = text;
  return renderDocument({
    locale,
    title: `${text.heading} – ${service}`,
    style,
    body: `<main data-query="${escapeHtml(queries[name])}" dir="auto">
<p class="service" dir="auto">${escapeHtml(service)}</p>
<h1>${fill(text.heading)}</h1>
<noscript><p>${fill(shared.noScript)}</p></noscript>
<div id="report" role="status" tabindex="-1"></div>
${confirmText && confirmButton ? form(`<p>${fill(confirmText)}</p>`, fill(confirmButton)) : ''}
${chooseText && chooseButton ? form(passwordFields(chooseText, shared, fill), fill(chooseButton)) : ''}
</main>
${templates(options, fill)}
<script type="module">${script}</script>`,
  });
};

type Fill = (text: string) => string;

/** Values that only the response contains are inserted by the script, as text. */
const createFill = ({ service, passwordPolicy: { minLength, maxLength } }: LinkPageOptions): Fill => {
  const values = {
    service: escapeHtml(service),
    minLength: String(minLength),
    maxLength: String(maxLength),
    minutes: '<span data-value="minutes"></span>',
    email: '<strong data-value="email"></strong>',
  };
  return (text) => fillHtml(text, values);
};

// Hidden until the script shows it: the form does nothing without the script.
const form = (inside: string, button: string) =>
  `<form method="post" hidden>${inside}<button>${button}</button></form>`;

/**
 * The field of the user name is for password managers. It is empty until the response to the form names the address: the
 * page would otherwise reveal the address of an account to everyone who opens the link, such as a scanner.
 */
const passwordFields = (text: string, shared: SharedPageTexts, fill: Fill) => `<p id="choose">${fill(text)}</p>
<input class="name" id="username" type="text" autocomplete="username" tabindex="-1" aria-hidden="true" readonly>
<label for="password">${fill(shared.password)}</label>
<p class="hint" id="policy">${fill(shared.policy)}</p>
<input id="password" type="password" autocomplete="new-password" autocapitalize="none" spellcheck="false" required aria-describedby="choose policy report">
<label class="check"><input id="show" type="checkbox"> ${fill(shared.showPassword)}</label>`;

const templates = ({ translation: { text, shared } }: LinkPageOptions, fill: Fill): string => {
  const reasons = {
    TOO_SHORT: shared.tooShort,
    TOO_LONG: shared.tooLong,
    LEAKED: shared.leaked,
    CONTAINS_PERSONAL_WORD: shared.personal,
  } satisfies Record<WeakPasswordReason, string>;
  const items = Object.entries(reasons).map(([reason, text]) => `<li data-reason="${reason}">${fill(text)}</li>`);
  const paragraph = (text: string) => `<p>${fill(text)}</p>`;
  const success = (id: string, content: string) => template(id, 'status', checkMark, fill(shared.succeeded), content);
  const refusal = (id: string, content: string) => template(id, 'alert', warningSign, fill(shared.refused), content);
  return [
    success('Done', paragraph(text.done) + paragraph(shared.logIn)),
    refusal('InvalidTokenError', paragraph(text.invalidToken)),
    refusal('WeakPasswordError', `${paragraph(shared.weak)}<ul>${items.join('')}</ul>`),
    refusal('RateLimitedError', paragraph(shared.limited)),
    refusal('Failed', paragraph(shared.failed)),
    refusal('NoToken', paragraph(shared.noToken)),
  ].join('\n');
};

/** A result is told apart by its word and its sign, not by its color alone, and announced to screen readers by its role. */
const template = (id: string, role: 'alert' | 'status', sign: string, word: string, content: string) =>
  `<template id="${id}" data-role="${role}"><p class="outcome">${sign}${word}</p><div class="result">${content}</div></template>`;

const icon = (path: string) =>
  `<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${path}"/></svg>`;

const checkMark = icon('M10 1.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM6 10.5l2.7 2.7L14 7.5');
const warningSign = icon('M10 2 1.5 17.5h17ZM10 8v4.5M10 15v.01');
