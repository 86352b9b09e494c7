/** What a page is about: the last part of its address. */
export type PageName = 'verify-email' | 'reset-password' | 'confirm-email-change';

/** A form: what is said before it, and its button. */
interface Step {
  readonly text: string;
  readonly button: string;
}

/** What one page says. */
export interface PageText {
  readonly heading: string;
  /** The form that only asks. A link alone does nothing: scanners of mail open each one, and run its scripts. */
  readonly confirm?: Step;
  /** The form that takes a new password: at once, or when the answer to the first is that there must be one. */
  readonly choose?: Step;
  readonly done: string;
  readonly invalidToken: string;
}

/** What every page may have to say. */
export interface PageTranslation {
  readonly pages: Readonly<Record<PageName, PageText>>;
  readonly password: string;
  readonly showPassword: string;
  readonly policy: (minLength: number) => string;
  readonly weak: string;
  readonly tooShort: (minLength: number) => string;
  readonly tooLong: (maxLength: number) => string;
  readonly leaked: string;
  readonly personal: string;
  /** Before and after a number of minutes. */
  readonly limited: readonly [before: string, after: string];
  readonly failed: string;
  readonly noToken: string;
  readonly noScript: string;
}

const en: PageTranslation = {
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
};

const de: PageTranslation = {
  pages: {
    'verify-email': {
      heading: 'E-Mail-Adresse bestätigen',
      confirm: {
        text: 'Jemand hat sich mit der Adresse registriert, an die dieser Link ging. Wenn Sie es waren, bestätigen Sie sie. Wenn nicht, schließen Sie diese Seite.',
        button: 'Diese Adresse bestätigen',
      },
      choose: {
        text: 'Noch ein Schritt: Wählen Sie ein Passwort, das nur Sie kennen. Es ersetzt das Passwort von der Registrierung.',
        button: 'Passwort speichern',
      },
      done: 'Ihre Adresse ist bestätigt. Sie können sich jetzt anmelden.',
      invalidToken:
        'Dieser Link gilt nicht mehr. Er gilt nur einmal und für begrenzte Zeit, und eine neuere Mail ersetzt ihn. Wenn Sie ihn schon verwendet haben, können Sie sich anmelden. Sonst fordern Sie einen neuen an, wo Sie sich registriert haben.',
    },
    'reset-password': {
      heading: 'Neues Passwort wählen',
      choose: {
        text: 'Es ersetzt Ihr bisheriges Passwort.',
        button: 'Passwort speichern',
      },
      done: 'Ihr neues Passwort ist gespeichert, und Sie sind überall abgemeldet. Melden Sie sich jetzt damit an.',
      invalidToken:
        'Dieser Link gilt nicht mehr. Er gilt nur einmal und für begrenzte Zeit, und eine neuere Mail ersetzt ihn. Wenn Sie ihn schon verwendet haben, melden Sie sich mit dem neuen Passwort an. Sonst fordern Sie einen neuen Link an.',
    },
    'confirm-email-change': {
      heading: 'Neue E-Mail-Adresse bestätigen',
      confirm: {
        text: 'Ihr Konto soll die Adresse verwenden, an die dieser Link ging. Wenn Sie das nicht wollten, schließen Sie diese Seite.',
        button: 'Diese Adresse verwenden',
      },
      done: 'Ihr Konto verwendet jetzt die neue Adresse. Melden Sie sich damit an.',
      invalidToken:
        'Dieser Link gilt nicht mehr. Er gilt nur einmal und für begrenzte Zeit, und eine neuere Mail ersetzt ihn. Wenn Sie ihn schon verwendet haben, melden Sie sich mit der neuen Adresse an. Sonst ändern Sie die Adresse noch einmal.',
    },
  },
  password: 'Neues Passwort',
  showPassword: 'Passwort anzeigen',
  policy: (minLength) =>
    `Mindestens ${minLength} Zeichen. Gut sind einige Wörter hintereinander; Ziffern und Sonderzeichen sind nicht nötig.`,
  weak: 'Dieses Passwort ist nicht möglich.',
  tooShort: (minLength) => `Es ist zu kurz: Nötig sind mindestens ${minLength} Zeichen.`,
  tooLong: (maxLength) => `Es ist zu lang: Möglich sind höchstens ${maxLength} Zeichen.`,
  leaked:
    'Es ist anderswo bekannt geworden oder aus einem solchen gemacht: ein häufiges Wort, eine Jahreszahl, eine Wiederholung.',
  personal: 'Es enthält einen Teil Ihrer Adresse oder Ihres Namens oder den Namen dieses Dienstes.',
  limited: ['Zu viele Versuche. Versuchen Sie es in ', ' Min. noch einmal.'],
  failed:
    'Das hat nicht geklappt. Prüfen Sie die Verbindung, warten Sie einen Moment und versuchen Sie es noch einmal.',
  noToken: 'An diesem Link fehlt etwas. Öffnen Sie ihn noch einmal aus der Mail, oder kopieren Sie ihn ganz.',
  noScript: 'Diese Seite braucht JavaScript. Erlauben Sie es hier, und laden Sie die Seite neu.',
};

/** The languages that are built in. */
export const pageTranslations = { en, de } as const;

export type Language = keyof typeof pageTranslations;
