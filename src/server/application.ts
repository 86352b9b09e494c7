import 'reflect-metadata';

import { variables } from '../app/config.js';
import { hooks } from '../app/hooks.js';
import { jobs } from '../app/jobs.js';
import { mails } from '../app/mails/mails.js';
import { resolvers } from '../app/resolvers.js';
import { routes } from '../app/routes.js';
import { assertHooks, type Hooks } from '../auth/application/hooks.js';
import { assertJobs, type AnyJobs } from '../auth/application/jobs.js';
import { assertApplicationVariables, type Variables } from '../config/application-variables.js';
import type { ResolverClass } from '../graphql/schema.js';
import { assertRoutes, type Route } from '../http/application-routes.js';
import { createApplicationMails, type Mails } from '../mail/application-mails.js';

/** What src/app adds to Gatehouse. A test replaces single parts. */
export interface Application {
  readonly resolvers: readonly ResolverClass[];
  readonly variables: Variables;
  readonly hooks: Hooks;
  readonly jobs: AnyJobs;
  readonly mails: Mails;
  readonly routes: readonly Route[];
}

/** The application of this deployment. */
export const application: Application = { resolvers, hooks, variables, jobs, mails, routes };

/**
 * Checks everything about the application that needs no database. The schema has checks of its own.
 *
 * @throws OperatorError that names the place and says what to do
 */
export const assertApplication = ({ hooks, variables, jobs, mails, routes }: Application): void => {
  assertHooks(hooks);
  assertApplicationVariables(variables);
  assertJobs(jobs);
  createApplicationMails(mails);
  assertRoutes(routes);
};
