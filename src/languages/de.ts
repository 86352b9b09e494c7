import type { Language } from '../mail/templates.js';

export const de: Language = {
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
};
