import type { Language } from './language.js';

export const en: Language = {
  emails: {
    'verify-email': {
      subject: 'Confirm your email address',
      paragraphs: [
        'Someone, hopefully you, entered this email address at {service}. To confirm that it is yours, open this link:',
        '{link}',
        'The link works once and expires after 24 hours. If this was not you, you can ignore this email: the address stays unconfirmed.',
      ],
      link: 'Confirm email address',
    },
    'sign-up-attempted': {
      subject: 'You already have an account',
      paragraphs: [
        'Someone, perhaps you, tried to sign up at {service} with this email address. You already have an account there, so you can simply log in. If you have forgotten your password, you can reset it on the login page.',
        'If this was not you, you do not need to do anything. Your account has not changed.',
      ],
    },
    'reset-password': {
      subject: 'Choose a new password',
      paragraphs: [
        'Someone, hopefully you, asked to reset the password of your account at {service}. To choose a new password, open this link:',
        '{link}',
        'The link works once and expires after one hour. If this was not you, you can ignore this email: your password has not changed.',
      ],
      link: 'Choose a new password',
    },
    'change-email': {
      subject: 'Confirm your new email address',
      paragraphs: [
        'Someone, hopefully you, asked to use this email address for an account at {service}. To confirm it, open this link:',
        '{link}',
        'The link works once and expires after one hour. If this was not you, you can ignore this email: the address will not be used.',
      ],
      link: 'Use this address',
    },
    'email-change-requested': {
      subject: 'Your email address is about to change',
      paragraphs: [
        'Someone, hopefully you, asked to change the email address of your account at {service} to {newEmail}. The change takes effect when it is confirmed from the new address.',
        'If this was not you, change your password now. This cancels the change and logs out all other devices.',
      ],
    },
    'email-changed': {
      subject: 'Your email address has changed',
      paragraphs: [
        'Your account at {service} now uses the email address {newEmail} instead of this one.',
        'If this was not you, contact the operator of {service} immediately. You cannot recover the account from this address yourself.',
      ],
    },
    'email-assigned': {
      subject: 'Your account now uses this address',
      paragraphs: [
        'At your request, the operator of {service} has changed the address of your account to this one. You have been logged out everywhere and can log in with this address and your password.',
        'If you have no account at {service}, or did not ask for this, contact the operator.',
      ],
    },
    'password-changed': {
      subject: 'Your password has changed',
      paragraphs: [
        'The password of your account at {service} has just been changed. All other devices have been logged out.',
        'If this was not you, reset your password immediately: use “Forgot password” on the login page.',
      ],
    },
    'new-device': {
      subject: 'Login from a new device',
      paragraphs: [
        'Someone has just logged in to your account at {service} from a new device.',
        'Time: {at}',
        'Device: {device}',
        'Network: {network}',
        'If this was you, you do not need to do anything. If not, change your password now. This logs out all other devices.',
      ],
      unknownDevice: 'unknown',
      unknownNetwork: 'unknown',
    },
    'deletion-scheduled': {
      subject: 'Your account will be deleted',
      paragraphs: [
        'Your account at {service} and all of its data will be deleted after {eraseAfter}.',
        'If you change your mind, log in before then and cancel the deletion. If you did not ask for the deletion, do so now and change your password.',
      ],
    },
    'account-deleted': {
      subject: 'Your account has been deleted',
      paragraphs: [
        'Your account at {service} and the data stored about you there have been deleted.',
        'This is the last email about your account. You do not need to do anything.',
      ],
    },
  },
  pages: {
    shared: {
      succeeded: 'Done',
      refused: 'Not possible',
      logIn: 'To log in, return to the app or website of {service}. Your email address there is {email}.',
      password: 'New password',
      showPassword: 'Show password',
      policy: 'At least {minLength} characters. Several words in a row work well; digits and symbols are not required.',
      weak: 'This password cannot be used.',
      tooShort: 'It is too short. Use at least {minLength} characters.',
      tooLong: 'It is too long. Use at most {maxLength} characters.',
      leaked:
        'It is known from a data leak, or is a variation of a leaked password: a common word, a year or a repetition.',
      personal: 'It contains part of your email address or your name, or the name of this service.',
      limited: 'Too many attempts. Try again in {minutes} min.',
      failed: 'Something went wrong. Check your connection, wait a moment and try again.',
      noToken: 'This link is incomplete. Open it from the email again, or copy the whole link.',
      noScript: 'This page needs JavaScript. Allow it for this page, then reload the page.',
    },
    server: {
      text: 'This server keeps the accounts of {service}. Apps and websites use it to log their users in. To log in yourself, open the app or website of {service}.',
    },
    'verify-email': {
      heading: 'Confirm your email address',
      confirmText:
        'Someone signed up with the email address that received this link. If this was you, confirm the address. If not, close this page.',
      confirmButton: 'Confirm email address',
      chooseText:
        'One more step: choose a password that only you know. It replaces the password that was entered at sign-up.',
      chooseButton: 'Save password',
      done: 'Your email address is confirmed. You can log in now.',
      invalidToken:
        'This link is no longer valid. A link works only once, expires after a while, and is replaced by the link in a newer email. If you have already used it, you can log in at {service}. Otherwise, request a new link there.',
    },
    'reset-password': {
      heading: 'Choose a new password',
      chooseText: 'Choose a password that only you know. It replaces your current password.',
      chooseButton: 'Save password',
      done: 'Your new password has been saved, and all devices have been logged out. You can log in with it now.',
      invalidToken:
        'This link is no longer valid. A link works only once, expires after a while, and is replaced by the link in a newer email. If you have already used it, log in at {service} with your new password. Otherwise, request a new link there.',
    },
    'confirm-email-change': {
      heading: 'Confirm your new email address',
      confirmText:
        'Your account will use the email address that received this link. If you did not ask for this change, close this page.',
      confirmButton: 'Use this address',
      done: 'Your account now uses the new email address. From now on, log in with it.',
      invalidToken:
        'This link is no longer valid. A link works only once, expires after a while, and is replaced by the link in a newer email. If you have already used it, log in at {service} with your new email address. Otherwise, request the change there again.',
    },
  },
};
