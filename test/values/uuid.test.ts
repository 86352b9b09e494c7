import { isUuid, uuidFromBytes, uuidToBytes, uuidv7 } from '../../src/values/uuid.js';

describe('UUID', () => {
  it('begins with the millisecond, version 7 and variant 10, as in RFC 9562 appendix A.6', () => {
    const id = uuidv7(new Date('2022-02-22T19:22:22.000Z'));
    expect(id).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('sorts by time', () => {
    const earlier = uuidv7(new Date(1_700_000_000_000));
    const later = uuidv7(new Date(1_700_000_000_001));
    expect(earlier < later).toBe(true);
  });

  it('is another one each time', () => {
    const ids = Array.from({ length: 1000 }, () => uuidv7(new Date(0)));
    expect(new Set(ids).size).toBe(1000);
  });

  it('is refused for a moment that is no date', () => {
    expect(() => uuidv7(new Date(NaN))).toThrow(RangeError);
    expect(() => uuidv7(new Date(-1))).toThrow(RangeError);
  });

  it('becomes 16 bytes and back', () => {
    const bytes = Buffer.from('017f22e279b07cc398c4dc0c0c07398f', 'hex');
    expect(uuidFromBytes(bytes)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
    expect(uuidToBytes('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toEqual(bytes);
  });

  it('has one spelling', () => {
    expect(isUuid('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toBe(true);
    expect(isUuid('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')).toBe(false);
    expect(isUuid('017f22e279b07cc398c4dc0c0c07398f')).toBe(false);
    expect(isUuid('{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}')).toBe(false);
    expect(isUuid('017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n')).toBe(false);
    expect(isUuid('')).toBe(false);
  });

  it('is refused when it is none', () => {
    expect(() => uuidToBytes('nobody')).toThrow(RangeError);
    expect(() => uuidFromBytes(Buffer.alloc(15))).toThrow(RangeError);
  });
});
