import type { Language } from './language.js';

export const de: Language = {
  emails: {
    'verify-email': {
      subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
      paragraphs: [
        'Jemand, hoffentlich Sie selbst, hat bei {service} diese Adresse angegeben. Um zu bestätigen, dass sie Ihnen gehört, öffnen Sie diesen Link:',
        '{link}',
        'Der Link gilt einmal und 24 Stunden lang. Waren Sie es nicht, müssen Sie nichts tun: Ohne den Link wird die Adresse nie bestätigt.',
      ],
      link: 'Adresse bestätigen',
    },
    'sign-up-attempted': {
      subject: 'Sie haben schon ein Konto',
      paragraphs: [
        'Jemand, vielleicht Sie selbst, wollte sich bei {service} mit dieser Adresse registrieren. Sie haben dort schon ein Konto: Melden Sie sich einfach an. Wenn Sie Ihr Passwort vergessen haben, fordern Sie ein neues an.',
        'Waren Sie es nicht, müssen Sie nichts tun. An Ihrem Konto hat sich nichts geändert.',
      ],
    },
    'reset-password': {
      subject: 'Wählen Sie ein neues Passwort',
      paragraphs: [
        'Jemand, hoffentlich Sie selbst, hat für Ihr Konto bei {service} ein neues Passwort angefordert. Um eines zu wählen, öffnen Sie diesen Link:',
        '{link}',
        'Der Link gilt einmal und eine Stunde lang. Waren Sie es nicht, müssen Sie nichts tun: Ihr Passwort ist unverändert.',
      ],
      link: 'Neues Passwort wählen',
    },
    'change-email': {
      subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
      paragraphs: [
        'Jemand, hoffentlich Sie selbst, möchte diese Adresse für ein Konto bei {service} verwenden. Um sie zu bestätigen, öffnen Sie diesen Link:',
        '{link}',
        'Der Link gilt einmal und eine Stunde lang. Waren Sie es nicht, müssen Sie nichts tun: Ohne den Link wird die Adresse nicht verwendet.',
      ],
      link: 'Diese Adresse verwenden',
    },
    'email-change-requested': {
      subject: 'Ihre E-Mail-Adresse soll geändert werden',
      paragraphs: [
        'Jemand, hoffentlich Sie selbst, möchte für Ihr Konto bei {service} die Adresse {newEmail} verwenden. Die Änderung gilt, sobald sie dort bestätigt wird.',
        'Waren Sie es nicht, ändern Sie jetzt Ihr Passwort: Das verhindert die Änderung und meldet alle anderen ab.',
      ],
    },
    'email-changed': {
      subject: 'Ihre E-Mail-Adresse wurde geändert',
      paragraphs: [
        'Ihr Konto bei {service} verwendet jetzt die Adresse {newEmail} statt dieser.',
        'Waren Sie es nicht, wenden Sie sich sofort an den Betreiber von {service}: Von dieser Adresse aus können Sie das Konto nicht selbst zurückholen.',
      ],
    },
    'password-changed': {
      subject: 'Ihr Passwort wurde geändert',
      paragraphs: [
        'Das Passwort Ihres Kontos bei {service} wurde gerade geändert. Wer anderswo angemeldet war, ist jetzt abgemeldet.',
        'Waren Sie es nicht, fordern Sie sofort ein neues Passwort an: „Passwort vergessen“, dort, wo Sie sich anmelden.',
      ],
    },
    'new-device': {
      subject: 'Anmeldung von einem neuen Gerät',
      paragraphs: [
        'Jemand hat sich bei Ihrem Konto bei {service} von einem Gerät aus angemeldet, das dort noch nicht bekannt ist.',
        'Wann: {at}',
        'Gerät: {device}',
        'Netz: {network}',
        'Waren Sie es, ist nichts zu tun. Wenn nicht, ändern Sie jetzt Ihr Passwort: Das meldet alle anderen ab.',
      ],
      unknownDevice: 'unbekannt',
      unknownNetwork: 'unbekannt',
    },
    'deletion-scheduled': {
      subject: 'Ihr Konto wird gelöscht',
      paragraphs: [
        'Ihr Konto bei {service} und alles darin wird nach folgendem Zeitpunkt gelöscht: {eraseAfter}.',
        'Bis dahin können Sie sich anmelden und es behalten. Waren Sie es nicht, tun Sie das jetzt, und ändern Sie Ihr Passwort.',
      ],
    },
    'account-deleted': {
      subject: 'Ihr Konto wurde gelöscht',
      paragraphs: [
        'Ihr Konto bei {service} und was dort über Sie gespeichert war, wurde gelöscht.',
        'Dies ist die letzte Nachricht dazu. Sie müssen nichts weiter tun.',
      ],
    },
  },
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
  sharedPageTexts: {
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
  },
};
