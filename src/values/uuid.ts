import { randomBytes } from 'node:crypto';

const canonicalForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Generates a UUIDv7, which sorts by the time of its creation, to the millisecond.
 *
 * Its 74 random bits are not a secret: an id identifies a row and never grants access to it.
 *
 * @throws RangeError when `now` is not a date between 1970 and 10889
 * @see RFC 9562 section 5.7
 */
export const uuidv7 = (now: Date): string => {
  const milliseconds = now.getTime();
  if (!(milliseconds >= 0 && milliseconds < 2 ** 48)) throw new RangeError('not a date between 1970 and 10889');
  const bytes = randomBytes(16);
  bytes.writeUIntBE(milliseconds, 0, 6);
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return uuidFromBytes(bytes);
};

/** Whether a text is a UUID of any version in its canonical lower-case form. */
export const isUuid = (text: string): boolean => canonicalForm.test(text);

/** @throws RangeError when the text is not a UUID in canonical form */
export const uuidToBytes = (uuid: string): Buffer => {
  if (!isUuid(uuid)) throw new RangeError('not a UUID in canonical form');
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
};

/** @throws RangeError when there are not exactly 16 bytes */
export const uuidFromBytes = (bytes: Uint8Array): string => {
  if (bytes.length !== 16) throw new RangeError('a UUID has 16 bytes');
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
