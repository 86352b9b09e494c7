/**
 * Returns the scope that roles grant: `role:NAME` for each, separated by spaces. Without roles, it is empty.
 *
 * @see RFC 6749 section 3.3
 */
export const scopeOf = (roles: readonly string[]): string => roles.map((role) => `role:${role}`).join(' ');
