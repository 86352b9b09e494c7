/** Writes the first of many equal warnings, and a count of the others: an outage would repeat them for every request. */
export interface BurstLog {
  /** @param failure distinguishes warnings with the same message: the code of the failure */
  warn(fields: object, message: string, failure?: string): void;
}
