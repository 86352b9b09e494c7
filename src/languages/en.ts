import type { Language } from './language.js';

export const en: Language = {
  emails: {
    'verify-email': {
      subject: 'Confirm your e-mail address',
      paragraphs: [
        'Somebody, hopefully you, gave this address to {service}. To confirm that it is yours, open this link:',
        '{link}',
        'The link works once, for 24 hours. If it was not you, do nothing: without the link the address is never confirmed.',
      ],
      link: 'Confirm this address',
    },
    'sign-up-attempted': {
      subject: 'You have an account already',
      paragraphs: [
        'Somebody, perhaps you, tried to sign up at {service} with this address. You have an account there already: log in instead. If you have forgotten your password, ask for a new one.',
        'If it was not you, do nothing. Your account has not changed.',
      ],
    },
    'reset-password': {
      subject: 'Choose a new password',
      paragraphs: [
        'Somebody, hopefully you, asked for a new password for your account at {service}. To choose one, open this link:',
        '{link}',
        'The link works once, for one hour. If it was not you, do nothing: your password has not changed.',
      ],
      link: 'Choose a new password',
    },
    'change-email': {
      subject: 'Confirm your new e-mail address',
      paragraphs: [
        'Somebody, hopefully you, wants to use this address for an account at {service}. To confirm it, open this link:',
        '{link}',
        'The link works once, for one hour. If it was not you, do nothing: without the link the address is not used.',
      ],
      link: 'Use this address',
    },
    'email-change-requested': {
      subject: 'Your e-mail address is about to change',
      paragraphs: [
        'Somebody, hopefully you, asked for your account at {service} to use the address {newEmail}. The change takes effect once it is confirmed there.',
        'If it was not you, change your password now: that stops the change and logs everybody else out.',
      ],
    },
    'email-changed': {
      subject: 'Your e-mail address has changed',
      paragraphs: [
        'Your account at {service} now uses the address {newEmail} instead of this one.',
        'If it was not you, tell those who run {service} at once: from this address you cannot take the account back yourself.',
      ],
    },
    'password-changed': {
      subject: 'Your password has changed',
      paragraphs: [
        'The password of your account at {service} has just been changed. Whoever was logged in elsewhere is logged out.',
        'If it was not you, ask for a new password now: “forgotten password”, where you log in.',
      ],
    },
    'new-device': {
      subject: 'A login from a new device',
      paragraphs: [
        'Somebody logged in to your account at {service} from a device that it has not seen before.',
        'When: {at}',
        'Device: {device}',
        'Network: {network}',
        'If it was you, there is nothing to do. If not, change your password now: that logs everybody else out.',
      ],
      unknownDevice: 'unknown',
      unknownNetwork: 'unknown',
    },
    'deletion-scheduled': {
      subject: 'Your account will be deleted',
      paragraphs: [
        'Your account at {service} and everything in it will be deleted after {eraseAfter}.',
        'Until then you can log in and keep it. If it was not you, do that now, and change your password.',
      ],
    },
    'account-deleted': {
      subject: 'Your account has been deleted',
      paragraphs: [
        'Your account at {service} and what was kept about you there have been deleted.',
        'This is the last mail about it. There is nothing left for you to do.',
      ],
    },
  },
  pages: {
    'verify-email': {
      heading: 'Confirm your e-mail address',
      confirm: {
        text: 'Somebody signed up with the address that this link was sent to. If it was you, confirm it. If it was not, close this page.',
        button: 'Confirm this address',
      },
      choose: {
        text: 'One more step: choose a password that only you know. It takes the place of the one given at sign-up.',
        button: 'Save the password',
      },
      done: 'Your address is confirmed. You can log in now.',
      invalidToken:
        'This link does not work any more. It works once and for a limited time, and a newer mail replaces it. If you have used it already, you can log in. Otherwise ask for a new one where you signed up.',
    },
    'reset-password': {
      heading: 'Choose a new password',
      choose: {
        text: 'It takes the place of your password from before.',
        button: 'Save the password',
      },
      done: 'Your new password is saved, and you are logged out everywhere. Log in with it now.',
      invalidToken:
        'This link does not work any more. It works once and for a limited time, and a newer mail replaces it. If you have used it already, log in with your new password. Otherwise ask for a new link.',
    },
    'confirm-email-change': {
      heading: 'Confirm your new e-mail address',
      confirm: {
        text: 'Your account is to use the address that this link was sent to. If you did not ask for that, close this page.',
        button: 'Use this address',
      },
      done: 'Your account uses the new address from now on. Log in with it.',
      invalidToken:
        'This link does not work any more. It works once and for a limited time, and a newer mail replaces it. If you have used it already, log in with your new address. Otherwise ask for the change again.',
    },
  },
  sharedPageTexts: {
    password: 'New password',
    showPassword: 'Show the password',
    policy: (minLength) =>
      `At least ${minLength} characters. A few words in a row are good; digits and symbols are not needed.`,
    weak: 'This password cannot be used.',
    tooShort: (minLength) => `It is too short: at least ${minLength} characters are needed.`,
    tooLong: (maxLength) => `It is too long: at most ${maxLength} characters are possible.`,
    leaked: 'It has leaked elsewhere, or is made of one that has: a common word, a year, a repetition.',
    personal: 'It has a part of your address or name in it, or the name of this service.',
    limited: ['Too many attempts. Try again in ', ' min.'],
    failed: 'That did not work. Check your connection, wait a moment and try again.',
    noToken: 'Something is missing from this link. Open it from the mail again, or copy all of it.',
    noScript: 'This page works with JavaScript only. Allow it here and load the page again.',
  },
};
