/** An error that the example reports. */
interface ErrorEntry {
  readonly message: string;
  readonly retryable: boolean;
  readonly meaning: string;
}

/** The failures that a caller can expect: members of the result unions. */
export const resultErrors = {
  PROJECT_LIMIT: {
    message: 'You have too many projects.',
    retryable: false,
    meaning: 'The caller owns as many projects as its plan allows. Offer another plan, or delete a project.',
  },
  MEMBER_LIMIT: {
    message: 'The project has too many members.',
    retryable: false,
    meaning: 'The project has 50 members besides its owner. Remove one first.',
  },
  ASSIGNEE_NOT_MEMBER: {
    message: 'The assignee is not a member of the project.',
    retryable: false,
    meaning: 'The user to whom a task was to be assigned is neither the owner nor a member of its project.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

/** The errors that a caller could not expect. */
export const requestErrors = {
  PLAN_REQUIRED: {
    message: 'This requires the plan PRO.',
    retryable: false,
    status: 402,
    meaning: 'The plan of the caller does not include the route or field. Show the page of the plans.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry & { readonly status: number }>>;
