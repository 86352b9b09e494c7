import type { Route } from '../extend.js';
import { paymentWebhookRoute } from './payments/payment-webhook.route.js';
import { taskListRoute } from './projects/task-list.route.js';

export const routes: readonly Route[] = [paymentWebhookRoute, taskListRoute];
