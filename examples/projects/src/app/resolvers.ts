import { MemberFieldsResolver, ProjectMembersResolver } from './members/member-fields.resolver.js';
import { MemberResolver } from './members/member.resolver.js';
import { ProjectResolver } from './projects/project.resolver.js';
import { ProjectTasksResolver } from './tasks/project-tasks.resolver.js';
import { TaskFieldsResolver } from './tasks/task-fields.resolver.js';
import { TaskResolver } from './tasks/task.resolver.js';
import { ProfileFieldsResolver } from './users/profile-fields.resolver.js';
import { UserFieldsResolver } from './users/user-fields.resolver.js';

/** A class with type-graphql decorators, such as `@Resolver()`. */
type ResolverClass = abstract new (...args: never[]) => unknown;

export const resolvers: readonly ResolverClass[] = [
  ProjectResolver,
  MemberResolver,
  MemberFieldsResolver,
  ProjectMembersResolver,
  TaskResolver,
  TaskFieldsResolver,
  ProjectTasksResolver,
  UserFieldsResolver,
  ProfileFieldsResolver,
];
