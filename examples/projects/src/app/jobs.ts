import type { Jobs } from '../extend.js';
import type { PaymentEvent } from './payments/payment-event.js';
import { changePlan, closeCustomer } from './payments/payment-jobs.js';
import { remindAssignees } from './tasks/overdue-tasks.js';

declare module '../extend.js' {
  interface JobPayloads {
    'change-plan': Omit<PaymentEvent, 'id'>;
    'close-customer': { readonly userId: string };
    'remind-assignees': null;
  }
}

export const jobs: Jobs = {
  'change-plan': { run: changePlan },
  'close-customer': { run: closeCustomer },
  'remind-assignees': { run: remindAssignees, everySeconds: 3600 },
};
