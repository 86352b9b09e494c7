import { registerEnumType } from 'type-graphql';

export const Plan = { FREE: 'FREE', PRO: 'PRO' } as const;
export type Plan = keyof typeof Plan;

registerEnumType(Plan, {
  name: 'Plan',
  description: 'What a user pays for.',
  valuesConfig: {
    FREE: { description: 'Nothing: a few projects of its own.' },
    PRO: { description: 'Any number of projects, and lists of tasks for spreadsheets.' },
  },
});
