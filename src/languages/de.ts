import type { Language } from './language.js';

export const de: Language = {
  emails: {
    'verify-email': {
      subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
      paragraphs: [
        'Jemand, hoffentlich Sie selbst, hat diese E-Mail-Adresse bei {service} angegeben. Um zu bestätigen, dass sie Ihnen gehört, öffnen Sie diesen Link:',
        '{link}',
        'Der Link funktioniert nur einmal und ist 24 Stunden lang gültig. Falls Sie das nicht waren, können Sie diese E-Mail ignorieren: Die Adresse bleibt unbestätigt.',
      ],
      link: 'E-Mail-Adresse bestätigen',
    },
    'sign-up-attempted': {
      subject: 'Sie haben bereits ein Konto',
      paragraphs: [
        'Jemand, vielleicht Sie selbst, wollte sich mit dieser E-Mail-Adresse bei {service} registrieren. Sie haben dort bereits ein Konto und können sich einfach anmelden. Falls Sie Ihr Passwort vergessen haben, können Sie es auf der Anmeldeseite zurücksetzen.',
        'Falls Sie das nicht waren, müssen Sie nichts tun. An Ihrem Konto hat sich nichts geändert.',
      ],
    },
    'reset-password': {
      subject: 'Wählen Sie ein neues Passwort',
      paragraphs: [
        'Jemand, hoffentlich Sie selbst, möchte das Passwort Ihres Kontos bei {service} zurücksetzen. Um ein neues Passwort zu wählen, öffnen Sie diesen Link:',
        '{link}',
        'Der Link funktioniert nur einmal und ist eine Stunde lang gültig. Falls Sie das nicht waren, können Sie diese E-Mail ignorieren: Ihr Passwort hat sich nicht geändert.',
      ],
      link: 'Neues Passwort wählen',
    },
    'change-email': {
      subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
      paragraphs: [
        'Jemand, hoffentlich Sie selbst, möchte diese E-Mail-Adresse für ein Konto bei {service} verwenden. Um sie zu bestätigen, öffnen Sie diesen Link:',
        '{link}',
        'Der Link funktioniert nur einmal und ist eine Stunde lang gültig. Falls Sie das nicht waren, können Sie diese E-Mail ignorieren: Die Adresse wird dann nicht verwendet.',
      ],
      link: 'Diese Adresse verwenden',
    },
    'email-change-requested': {
      subject: 'Ihre E-Mail-Adresse soll geändert werden',
      paragraphs: [
        'Jemand, hoffentlich Sie selbst, möchte die E-Mail-Adresse Ihres Kontos bei {service} in {newEmail} ändern. Die Änderung wird wirksam, sobald sie über die neue Adresse bestätigt wird.',
        'Falls Sie das nicht waren, ändern Sie jetzt Ihr Passwort. Das verhindert die Änderung und meldet alle anderen Geräte ab.',
      ],
    },
    'email-changed': {
      subject: 'Ihre E-Mail-Adresse wurde geändert',
      paragraphs: [
        'Ihr Konto bei {service} verwendet jetzt die E-Mail-Adresse {newEmail} statt dieser.',
        'Falls Sie das nicht waren, wenden Sie sich sofort an den Betreiber von {service}. Von dieser Adresse aus können Sie das Konto nicht selbst zurückholen.',
      ],
    },
    'email-assigned': {
      subject: 'Ihr Konto verwendet jetzt diese Adresse',
      paragraphs: [
        'Auf Ihren Wunsch hat der Betreiber von {service} die Adresse Ihres Kontos in diese geändert. Sie wurden überall abgemeldet und können sich mit dieser Adresse und Ihrem Passwort anmelden.',
        'Haben Sie bei {service} kein Konto oder nicht darum gebeten, wenden Sie sich an den Betreiber.',
      ],
    },
    'password-changed': {
      subject: 'Ihr Passwort wurde geändert',
      paragraphs: [
        'Das Passwort Ihres Kontos bei {service} wurde gerade geändert. Alle anderen Geräte wurden abgemeldet.',
        'Falls Sie das nicht waren, setzen Sie Ihr Passwort sofort zurück: mit „Passwort vergessen“ auf der Anmeldeseite.',
      ],
    },
    'new-device': {
      subject: 'Anmeldung von einem neuen Gerät',
      paragraphs: [
        'Jemand hat sich gerade von einem neuen Gerät aus bei Ihrem Konto bei {service} angemeldet.',
        'Zeit: {at}',
        'Gerät: {device}',
        'Netzwerk: {network}',
        'Waren Sie das selbst, müssen Sie nichts tun. Falls nicht, ändern Sie jetzt Ihr Passwort. Das meldet alle anderen Geräte ab.',
      ],
      unknownDevice: 'unbekannt',
      unknownNetwork: 'unbekannt',
    },
    'deletion-scheduled': {
      subject: 'Ihr Konto wird gelöscht',
      paragraphs: [
        'Ihr Konto bei {service} und alle zugehörigen Daten werden frühestens am {eraseAfter} gelöscht.',
        'Falls Sie es sich anders überlegen, melden Sie sich vorher an und brechen Sie die Löschung ab. Falls Sie die Löschung nicht beantragt haben, tun Sie das jetzt, und ändern Sie Ihr Passwort.',
      ],
    },
    'account-deleted': {
      subject: 'Ihr Konto wurde gelöscht',
      paragraphs: [
        'Ihr Konto bei {service} und die dort über Sie gespeicherten Daten wurden gelöscht.',
        'Dies ist die letzte E-Mail zu Ihrem Konto. Sie müssen nichts weiter tun.',
      ],
    },
  },
  pages: {
    shared: {
      succeeded: 'Erledigt',
      refused: 'Nicht möglich',
      logIn:
        'Um sich anzumelden, kehren Sie zur App oder Website von {service} zurück. Ihre E-Mail-Adresse dort ist {email}.',
      password: 'Neues Passwort',
      showPassword: 'Passwort anzeigen',
      policy:
        'Mindestens {minLength} Zeichen. Gut geeignet sind mehrere Wörter hintereinander; Ziffern und Sonderzeichen sind nicht nötig.',
      weak: 'Dieses Passwort kann nicht verwendet werden.',
      tooShort: 'Es ist zu kurz. Nötig sind mindestens {minLength} Zeichen.',
      tooLong: 'Es ist zu lang. Erlaubt sind höchstens {maxLength} Zeichen.',
      leaked:
        'Es ist aus einem Datenleck bekannt oder eine Abwandlung eines solchen Passworts: ein häufiges Wort, eine Jahreszahl oder eine Wiederholung.',
      personal: 'Es enthält einen Teil Ihrer E-Mail-Adresse oder Ihres Namens oder den Namen dieses Dienstes.',
      limited: 'Zu viele Versuche. Versuchen Sie es in {minutes} Min. noch einmal.',
      failed:
        'Etwas ist schiefgegangen. Prüfen Sie Ihre Verbindung, warten Sie einen Moment und versuchen Sie es noch einmal.',
      noToken: 'Dieser Link ist unvollständig. Öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn ganz.',
      noScript: 'Diese Seite benötigt JavaScript. Erlauben Sie es für diese Seite, und laden Sie sie neu.',
    },
    server: {
      text: 'Dieser Server verwaltet die Konten von {service}. Apps und Websites melden darüber ihre Nutzer an. Um sich selbst anzumelden, öffnen Sie die App oder Website von {service}.',
    },
    'verify-email': {
      heading: 'E-Mail-Adresse bestätigen',
      confirmText:
        'Jemand hat sich mit der E-Mail-Adresse registriert, an die dieser Link gesendet wurde. Falls Sie das waren, bestätigen Sie die Adresse. Falls nicht, schließen Sie diese Seite.',
      confirmButton: 'E-Mail-Adresse bestätigen',
      chooseText:
        'Noch ein Schritt: Wählen Sie ein Passwort, das nur Sie kennen. Es ersetzt das Passwort, das bei der Registrierung angegeben wurde.',
      chooseButton: 'Passwort speichern',
      done: 'Ihre E-Mail-Adresse ist bestätigt. Sie können sich jetzt anmelden.',
      invalidToken:
        'Dieser Link ist nicht mehr gültig. Ein Link funktioniert nur einmal, läuft nach einiger Zeit ab und wird durch den Link in einer neueren E-Mail ersetzt. Falls Sie ihn schon verwendet haben, können Sie sich bei {service} anmelden. Andernfalls fordern Sie dort einen neuen Link an.',
    },
    'reset-password': {
      heading: 'Neues Passwort wählen',
      chooseText: 'Wählen Sie ein Passwort, das nur Sie kennen. Es ersetzt Ihr bisheriges Passwort.',
      chooseButton: 'Passwort speichern',
      done: 'Ihr neues Passwort wurde gespeichert, und alle Geräte wurden abgemeldet. Sie können sich jetzt damit anmelden.',
      invalidToken:
        'Dieser Link ist nicht mehr gültig. Ein Link funktioniert nur einmal, läuft nach einiger Zeit ab und wird durch den Link in einer neueren E-Mail ersetzt. Falls Sie ihn schon verwendet haben, melden Sie sich bei {service} mit Ihrem neuen Passwort an. Andernfalls fordern Sie dort einen neuen Link an.',
    },
    'confirm-email-change': {
      heading: 'Neue E-Mail-Adresse bestätigen',
      confirmText:
        'Ihr Konto verwendet künftig die E-Mail-Adresse, an die dieser Link gesendet wurde. Falls Sie diese Änderung nicht angefordert haben, schließen Sie diese Seite.',
      confirmButton: 'Diese Adresse verwenden',
      done: 'Ihr Konto verwendet jetzt die neue E-Mail-Adresse. Melden Sie sich ab jetzt damit an.',
      invalidToken:
        'Dieser Link ist nicht mehr gültig. Ein Link funktioniert nur einmal, läuft nach einiger Zeit ab und wird durch den Link in einer neueren E-Mail ersetzt. Falls Sie ihn schon verwendet haben, melden Sie sich bei {service} mit Ihrer neuen E-Mail-Adresse an. Andernfalls fordern Sie die Änderung dort noch einmal an.',
    },
  },
};
