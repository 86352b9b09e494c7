import type { Database } from '../database/database.js';

/** The number of rows about a user in each table, keyed by the name of the list in the export. */
export interface PersonalDataCounts {
  readonly sessions: number;
  readonly knownDevices: number;
  readonly deviceTokens: number;
  readonly links: number;
  readonly signUps: number;
  readonly events: number;
}

export const personalData = (db: Database) => ({
  /** Counts the rows about a user, up to `limit` in each table: other people can cause any number of events. */
  async count(userId: string, emailCanonical: string, limit: number): Promise<PersonalDataCounts> {
    const [row] = await db.$queryRaw<PersonalDataCounts[]>`
      SELECT
        (SELECT count(*)::int FROM (
          SELECT FROM auth_session WHERE user_id = ${userId}::uuid LIMIT ${limit}) AS s) AS sessions,
        (SELECT count(*)::int FROM (
          SELECT FROM auth_known_device WHERE user_id = ${userId}::uuid LIMIT ${limit}) AS d) AS "knownDevices",
        (SELECT count(*)::int FROM (
          SELECT FROM auth_device_token WHERE user_id = ${userId}::uuid LIMIT ${limit}) AS k) AS "deviceTokens",
        (SELECT count(*)::int FROM (
          SELECT FROM auth_one_time_token WHERE user_id = ${userId}::uuid LIMIT ${limit}) AS t) AS links,
        (SELECT count(*)::int FROM (
          SELECT FROM auth_sign_up WHERE email_canonical = ${emailCanonical} LIMIT ${limit}) AS u) AS "signUps",
        (SELECT count(*)::int FROM (
          SELECT FROM auth_security_event WHERE subject_id = ${userId}::uuid LIMIT ${limit}) AS e) AS events`;
    if (!row) throw new Error('SELECT count(*) returned no row');
    return row;
  },
});
