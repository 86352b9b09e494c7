/**
 * Returns the scope of roles, as it is in the access token: `role:NAME` for each, separated by spaces. The scope of no roles
 * is the empty string. Nothing but a role leads to a scope that begins with `role:`.
 *
 * @see RFC 6749 section 3.3, RFC 9068 section 2.2.3
 */
export const scopeOf = (roles: readonly string[]): string => roles.map((role) => `role:${role}`).join(' ');
