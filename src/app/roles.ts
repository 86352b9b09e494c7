/**
 * The roles of your application, besides `USER` and `ADMIN`. Each has its description in the schema; its name consists of
 * letters, digits and underscores. For example:
 *
 *     export const roles = {
 *       MANAGER: 'A manager, who can see all notes.',
 *     } as const;
 */
export const roles = {} as const;
