import { createUnionType, Field, ID, InputType, ObjectType } from 'type-graphql';

import { connectionOf, DateTime, defineFailure, InvalidInputError, NotFoundError } from '../../extend.js';

@ObjectType({ description: 'A task of a project.' })
export class Task {
  @Field(() => ID, { description: 'The id of the task. It never changes.' })
  readonly id!: string;

  @Field(() => String, { description: 'The title.' })
  readonly title!: string;

  @Field(() => DateTime, { nullable: true, description: 'The time at which the task is due; null if there is none.' })
  readonly dueAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'The time at which the task was done; null if it is not.' })
  readonly doneAt!: Date | null;

  readonly projectId!: string;
  readonly assigneeId!: string | null;
}

export const TaskConnection = connectionOf(Task);

export const AssigneeNotMemberError = defineFailure('ASSIGNEE_NOT_MEMBER');

@InputType({ description: 'The input of `createTask`.' })
export class CreateTaskInput {
  @Field(() => ID, { description: 'The id of the project.' })
  readonly projectId!: string;

  @Field(() => String, { description: 'The title, at most 200 characters. White space around it is removed.' })
  readonly title!: string;

  @Field(() => ID, { nullable: true, description: 'The id of the owner or of a member; null for nobody.' })
  readonly assigneeId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'The time at which the task is due.' })
  readonly dueAt?: Date | null;
}

@InputType({ description: 'The input of `updateTask`. An absent field stays unchanged, and null clears it.' })
export class UpdateTaskInput {
  @Field(() => ID, { description: 'The id of the task.' })
  readonly taskId!: string;

  @Field(() => String, { nullable: true, description: 'The new title. A task always has one.' })
  readonly title?: string | null;

  @Field(() => ID, { nullable: true, description: 'The id of the owner or of a member; null for nobody.' })
  readonly assigneeId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'The time at which the task is due.' })
  readonly dueAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'The time at which the task was done.' })
  readonly doneAt?: Date | null;
}

@InputType({ description: 'The input of `moveTask`.' })
export class MoveTaskInput {
  @Field(() => ID, { description: 'The id of the task.' })
  readonly taskId!: string;

  @Field(() => ID, { description: 'The id of the project to which the task is moved.' })
  readonly projectId!: string;
}

@ObjectType({ description: 'The task was created.' })
export class CreateTaskSuccess {
  @Field(() => Task, { description: 'The new task.' })
  readonly task: Task;

  constructor(task: Task) {
    this.task = task;
  }
}

@ObjectType({ description: 'The task was changed.' })
export class UpdateTaskSuccess {
  @Field(() => Task, { description: 'The changed task.' })
  readonly task: Task;

  constructor(task: Task) {
    this.task = task;
  }
}

@ObjectType({
  description: 'The task was moved. It is assigned to nobody if its assignee is no member of the project.',
})
export class MoveTaskSuccess {
  @Field(() => Task, { description: 'The moved task.' })
  readonly task: Task;

  constructor(task: Task) {
    this.task = task;
  }
}

export const CreateTaskResult = createUnionType({
  name: 'CreateTaskResult',
  description: 'The result of `createTask`.',
  types: () => [CreateTaskSuccess, AssigneeNotMemberError, InvalidInputError, NotFoundError] as const,
});

export const UpdateTaskResult = createUnionType({
  name: 'UpdateTaskResult',
  description: 'The result of `updateTask`.',
  types: () => [UpdateTaskSuccess, AssigneeNotMemberError, InvalidInputError, NotFoundError] as const,
});

export const MoveTaskResult = createUnionType({
  name: 'MoveTaskResult',
  description: 'The result of `moveTask`.',
  types: () => [MoveTaskSuccess, NotFoundError] as const,
});
