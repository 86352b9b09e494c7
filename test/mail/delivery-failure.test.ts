import { deliveryFailureOf, Unsendable } from '../../src/mail/delivery-failure.js';

/** An error as nodemailer creates it from a reply. */
const reply = (command: string, response: string) => {
  const responseCode = Number(response.slice(0, 3));
  const permanent = responseCode >= 500 && responseCode !== 503;
  return Object.assign(new Error(response), { code: 'EENVELOPE', command, response, responseCode, permanent });
};

describe('a delivery failure', () => {
  it.each([
    ['RCPT TO', '550 5.1.1 <ada@example.com> unknown', '550 5.1.1', 'mail', true],
    ['DATA', '554 5.7.1 spam', '554 5.7.1', 'mail', true],
    ['RCPT TO', '550-5.1.1 the first of many lines', '550 5.1.1', 'mail', true],
    ['RCPT TO', '550 ada@example.com unknown', '550', 'mail', true],
    ['RCPT TO', '450 4.2.1 try again', '450 4.2.1', 'mail', false],
    ['RCPT TO', '503 5.5.1 bad sequence', '503 5.5.1', 'mail', false],
    ['DATA', '421 4.3.2 shutting down', '421 4.3.2', 'server', false],
    ['MAIL FROM', '550 5.7.1 sender refused', '550 5.7.1', 'server', false],
    ['AUTH PLAIN', '535 5.7.8 wrong password', '535 5.7.8', 'server', false],
    ['CONN', '554 5.3.2 go away', '554 5.3.2', 'server', false],
  ])('at %s: %s', (command, response, code, concerns, permanent) => {
    expect(deliveryFailureOf(reply(command, response))).toEqual({ code, concerns, permanent });
  });

  it.each([
    [{ code: 'ESOCKET', originalCode: 'ECONNREFUSED' }, 'ECONNREFUSED'],
    [{ code: 'EDNS', originalCode: 'ENOTFOUND' }, 'ENOTFOUND'],
    [{ code: 'ECONNECTION' }, 'ECONNECTION'],
    [{ code: 'ENOSPC' }, 'ENOSPC'],
    [{ code: 'EABORT' }, 'ETIMEDOUT'],
    [{ code: 'for ada@example.com' }, 'UNKNOWN'],
    [{}, 'UNKNOWN'],
  ])('of the network, %j, is %s and of the server', (properties, code) => {
    const error = Object.assign(new Error('to ada@example.com'), properties);
    expect(deliveryFailureOf(error)).toEqual({ code, concerns: 'server', permanent: false });
  });

  it('is recognized in any value that is thrown', () => {
    for (const thrown of [null, undefined, 'a text', 5]) expect(deliveryFailureOf(thrown).code).toBe('UNKNOWN');
  });

  it('of an email that does not open concerns that email only, and another instance may succeed', () => {
    expect(deliveryFailureOf(new Unsendable('UNREADABLE'))).toEqual({
      code: 'UNREADABLE',
      concerns: 'mail',
      permanent: false,
    });
  });
});
