/** The roles of the example, besides `USER` and `ADMIN`. */
export const roles = {
  MANAGER: 'A manager, who can list the projects of all users.',
} as const;
