import { readResourceName } from '../../../scripts/new-resource/resource-name.js';
import { OperatorError } from '../../../src/errors.js';

describe('the name of a resource', () => {
  it.each(['LineItem', 'lineItem', 'line-item', 'line_item', 'line item', ' Line-Item '])('is read from %j', (text) => {
    expect(readResourceName(text)).toEqual({
      Type: 'LineItem',
      field: 'lineItem',
      fields: 'lineItems',
      file: 'line-item',
      folder: 'line-items',
      table: 'line_item',
      migration: 'add_line_items',
      CODE: 'LINE_ITEM',
      noun: 'line item',
      nouns: 'line items',
      'a noun': 'a line item',
      'A noun': 'A line item',
    });
  });

  it.each([
    ['category', 'categories'],
    ['day', 'days'],
    ['box', 'boxes'],
    ['branch', 'branches'],
    ['address', 'addresses'],
    ['status', 'statuses'],
  ])('has a plural: %s, %s', (singular, plural) => {
    expect(readResourceName(singular).fields).toBe(plural);
  });

  it('has the article of its first letter', () => {
    expect(readResourceName('invoice')).toMatchObject({ 'a noun': 'an invoice', 'A noun': 'An invoice' });
  });

  it.each([
    ['projects', /looks like a plural/],
    ['a/b', /use at most 40 letters and digits/],
    ['../project', /use at most 40 letters and digits/],
    ['1st', /use at most 40 letters and digits/],
    ['', /use at most 40 letters and digits/],
    ['x'.repeat(41), /use at most 40 letters and digits/],
    ['class', /choose a more specific one, such as class-record/],
    ['User', /choose a more specific one/],
    ['mail', /choose a more specific one/],
    ['auth-token', /begins with auth/],
  ])('is not %j', (text, message) => {
    expect(() => readResourceName(text)).toThrow(OperatorError);
    expect(() => readResourceName(text)).toThrow(message);
  });
});
