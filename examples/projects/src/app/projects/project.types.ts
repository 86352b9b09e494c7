import { createUnionType, Field, ID, InputType, ObjectType } from 'type-graphql';

import {
  connectionOf,
  DateTime,
  defineFailure,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
} from '../../extend.js';

@ObjectType({ description: 'A project, which its owner and its members can see.' })
export class Project {
  @Field(() => ID, { description: 'The id of the project. It never changes.' })
  readonly id!: string;

  @Field(() => String, { description: 'The title.' })
  readonly title!: string;

  @Field(() => DateTime, { description: 'The time at which the project was created.' })
  readonly createdAt!: Date;

  readonly ownerId!: string;
}

export const ProjectConnection = connectionOf(Project);

export const ProjectLimitError = defineFailure('PROJECT_LIMIT');

@InputType({ description: 'The input of `createProject`.' })
export class CreateProjectInput {
  @Field(() => String, { description: 'The title, at most 200 characters. White space around it is removed.' })
  readonly title!: string;
}

@InputType({ description: 'The input of `renameProject`.' })
export class RenameProjectInput {
  @Field(() => ID, { description: 'The id of the project.' })
  readonly projectId!: string;

  @Field(() => String, { description: 'The new title, at most 200 characters. White space around it is removed.' })
  readonly title!: string;
}

@InputType({ description: 'The input of `deleteProject`.' })
export class DeleteProjectInput {
  @Field(() => ID, { description: 'The id of the project.' })
  readonly projectId!: string;
}

@ObjectType({ description: 'The project was created.' })
export class CreateProjectSuccess {
  @Field(() => Project, { description: 'The new project.' })
  readonly project: Project;

  constructor(project: Project) {
    this.project = project;
  }
}

@ObjectType({ description: 'The project was renamed.' })
export class RenameProjectSuccess {
  @Field(() => Project, { description: 'The renamed project.' })
  readonly project: Project;

  constructor(project: Project) {
    this.project = project;
  }
}

@ObjectType({ description: 'The project was deleted, with its tasks.' })
export class DeleteProjectSuccess {
  @Field(() => ID, { description: 'The id of the deleted project.' })
  readonly projectId: string;

  constructor(projectId: string) {
    this.projectId = projectId;
  }
}

export const CreateProjectResult = createUnionType({
  name: 'CreateProjectResult',
  description: 'The result of `createProject`.',
  types: () => [CreateProjectSuccess, InvalidInputError, ProjectLimitError, RateLimitedError] as const,
});

export const RenameProjectResult = createUnionType({
  name: 'RenameProjectResult',
  description: 'The result of `renameProject`.',
  types: () => [RenameProjectSuccess, InvalidInputError, NotFoundError] as const,
});

export const DeleteProjectResult = createUnionType({
  name: 'DeleteProjectResult',
  description: 'The result of `deleteProject`.',
  types: () => [DeleteProjectSuccess, NotFoundError] as const,
});
