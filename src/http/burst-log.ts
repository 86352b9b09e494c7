/** Writes the first of many equal warnings, and a count of the others: an outage would repeat them for every request. */
export interface BurstLog {
  warn(fields: object, message: string): void;
}
