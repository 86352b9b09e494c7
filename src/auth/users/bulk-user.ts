import { knownRoles, roles } from '../../values/roles.js';
import { parseImportedHash } from '../../security/passwords/imported-password.js';
import type { ImportedUser, ExportedUser } from '../../store/tables/bulk-users.js';
import { isDisplayName } from '../../values/display-name.js';
import { parseEmailAddress } from '../../values/email-address.js';
import { parseJsonObject, type JsonObject } from '../../values/json-object.js';
import { canonicalLocale } from '../../values/language-tag.js';
import { NAME_MAX_LENGTH, LOCALE_MAX_LENGTH } from '../../values/policy.js';
import { isUuid, uuidv7 } from '../../values/uuid.js';

/** The reason why a line is refused: a few words that contain nothing from the line except the name of a field. */
export interface RefusedBulkUser {
  readonly refused: string;
}

const fieldNames = new Set([
  'id',
  'email',
  'emailVerified',
  'name',
  'locale',
  'roles',
  'createdAt',
  'disabled',
  'passwordHash',
]);

/** Thrown by the reader of a field, and then returned as the reason why its line is refused. */
class Refusal extends Error {}

/**
 * Parses one line of an import: a JSON object in UTF-8 with the members that docs/import.md lists. An unknown field is
 * refused, so that no exported data is dropped unnoticed. A field that is null or the empty string counts as absent.
 *
 * A user without an id gets one with the time at which the user was created, so that lists keep their order.
 */
export const parseBulkUser = (line: Uint8Array, now: Date): ImportedUser | RefusedBulkUser => {
  const object = parseJsonObject(line);
  if (!object) return { refused: 'not a JSON object in UTF-8 without duplicate members' };
  try {
    return readUser(object, now);
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message };
    throw error;
  }
};

const readUser = (object: JsonObject, now: Date): ImportedUser => {
  const unknown = Object.keys(object).find((name) => !fieldNames.has(name));
  if (unknown !== undefined) throw new Refusal(`${printableName(unknown)} is not a field of a user`);
  const createdAt = readTime(object, 'createdAt', now) ?? now;
  const address = parseEmailAddress(readString(object, 'email') ?? '');
  if (!address) throw new Refusal('email is not a valid email address');
  return {
    id: readId(object) ?? uuidv7(createdAt),
    email: address.spelling,
    emailCanonical: address.canonical,
    verified: readBoolean(object, 'emailVerified'),
    name: readName(object),
    locale: readLocale(object),
    roles: readRoles(object),
    createdAt,
    disabled: readBoolean(object, 'disabled'),
    passwordHash: readHash(object),
  };
};

const readLocale = (object: JsonObject): string | null => {
  const text = readText(object, 'locale', LOCALE_MAX_LENGTH);
  if (text === null) return null;
  const canonical = canonicalLocale(text);
  if (canonical === undefined) throw new Refusal('locale is not a language tag (BCP 47)');
  return canonical;
};

/** Formats a user as a line that `parseBulkUser` reads, without the line break. */
export const formatBulkUser = (user: ExportedUser, passwordHash: string | undefined): string =>
  JSON.stringify({
    id: user.id,
    email: user.email,
    emailVerified: user.emailVerifiedAt !== null,
    name: user.name ?? undefined,
    locale: user.locale ?? undefined,
    // A role that was removed from src/app/roles.ts no longer grants anything, and no import would accept it.
    roles: knownRoles(user.roles),
    createdAt: user.createdAt.toISOString(),
    disabled: user.disabledAt !== null,
    passwordHash,
  });

// The name comes from an untrusted file, and the reason for a refusal is shown on a terminal.
const printableName = (name: string) => (/^[\w-]{1,40}$/.test(name) ? name : 'a member');

const readString = (object: JsonObject, field: string): string | undefined => {
  const value = valueOf(object, field);
  if (value !== undefined && typeof value !== 'string') throw new Refusal(`${field} is not a string`);
  return value;
};

/** Returns undefined for null and for the empty string, which many exports write for a value that is missing. */
const valueOf = (object: JsonObject, field: string): unknown =>
  object[field] === null || object[field] === '' ? undefined : object[field];

const readBoolean = (object: JsonObject, field: string): boolean => {
  const value = valueOf(object, field) ?? false;
  if (typeof value !== 'boolean') throw new Refusal(`${field} is neither true nor false`);
  return value;
};

/** Reads a line of text that people read. */
const readText = (object: JsonObject, field: string, max: number): string | null => {
  const text = readString(object, field) ?? '';
  if (Array.from(text).length > max) throw new Refusal(`${field} is longer than ${max} characters`);
  if (/[\p{Cc}\p{Cs}]/u.test(text)) throw new Refusal(`${field} contains a control character or an unpaired surrogate`);
  return text === '' ? null : text;
};

/** The rule is that of a name which a user enters; see `isDisplayName`. */
const readName = (object: JsonObject): string | null => {
  const name = readText(object, 'name', NAME_MAX_LENGTH);
  if (name !== null && !isDisplayName(name)) {
    throw new Refusal('name has no visible character, or contains a line separator or a bidirectional control');
  }
  return name?.trim() ?? null;
};

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

const readTime = (object: JsonObject, field: string, now: Date): Date | undefined => {
  const text = readString(object, field);
  if (text === undefined) return undefined;
  const time = timePattern.test(text) ? Date.parse(text) : Number.NaN;
  if (!(time >= 0 && time <= now.getTime()) || !isDay(text.slice(0, 10))) {
    throw new Refusal(`${field} is not a time between 1970 and now, such as 2024-03-09T12:00:00Z`);
  }
  return new Date(time);
};

/** `Date` takes February 30 for March 1. */
const isDay = (date: string): boolean => new Date(date).toISOString().startsWith(date);

const readId = (object: JsonObject): string | undefined => {
  const id = readString(object, 'id');
  // Lists are sorted by id, which is chronological for this version only.
  if (id !== undefined && !(isUuid(id) && id.charAt(14) === '7')) throw new Refusal('id is not a UUID of version 7');
  return id;
};

const readRoles = (object: JsonObject): string[] => {
  const value = valueOf(object, 'roles') ?? [];
  if (!isStringArray(value)) throw new Refusal('roles is not a list of strings');
  const names = [...new Set([...value, 'USER'])];
  if (knownRoles(names).length < names.length) {
    throw new Refusal(`roles contains an unknown role; the roles are ${Object.keys(roles).join(', ')}`);
  }
  return names;
};

const isStringArray = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');

const readHash = (object: JsonObject): string | null => {
  const text = readString(object, 'passwordHash');
  if (text === undefined) return null;
  const imported = parseImportedHash(text);
  if ('refused' in imported) throw new Refusal(`passwordHash ${imported.refused}`);
  return imported.hash;
};
