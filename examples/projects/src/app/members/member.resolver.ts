import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';

import {
  Authorized,
  InvalidInputError,
  isForeignKeyViolation,
  isUuid,
  NotFoundError,
  requireUser,
  type Context,
} from '../../extend.js';
import { lockProject, ownedBy, visibleTo } from '../projects/project-access.js';
import {
  MemberLimitError,
  RemoveMemberInput,
  RemoveMemberResult,
  RemoveMemberSuccess,
  SetMemberInput,
  SetMemberResult,
  SetMemberSuccess,
} from './member.types.js';

const MAX_MEMBERS = 50;

/** Changes the members of projects of the caller. */
@Resolver()
export class MemberResolver {
  @Mutation(() => SetMemberResult, {
    description: 'Adds a member to a project of the caller, or changes what a member may do.',
  })
  @Authorized()
  async setMember(
    @Arg('input', () => SetMemberInput, { description: 'The member.' }) { projectId, userId, role }: SetMemberInput,
    @Ctx() context: Context,
  ): Promise<typeof SetMemberResult> {
    const { userId: ownerId } = requireUser(context);
    if (!isUuid(userId)) return new NotFoundError();
    if (userId === ownerId) return new InvalidInputError(['userId']);
    try {
      return await context.db.$transaction(async (tx) => {
        const project = await lockProject(tx, projectId, ownedBy(ownerId));
        if (!project) return new NotFoundError();
        const others = await tx.member.count({ where: { projectId, userId: { not: userId } } });
        if (others >= MAX_MEMBERS) return new MemberLimitError();
        const member = await tx.member.upsert({
          where: { projectId_userId: { projectId, userId } },
          create: { projectId, userId, role },
          update: { role },
        });
        return new SetMemberSuccess(member);
      });
    } catch (error) {
      // No user has this id, or it was just erased.
      if (isForeignKeyViolation(error)) return new NotFoundError();
      throw error;
    }
  }

  @Mutation(() => RemoveMemberResult, {
    description: 'Removes a member from a project of the caller, or the caller from a project of another user.',
  })
  @Authorized()
  async removeMember(
    @Arg('input', () => RemoveMemberInput, { description: 'The member.' }) { projectId, userId }: RemoveMemberInput,
    @Ctx() context: Context,
  ): Promise<typeof RemoveMemberResult> {
    const { userId: callerId } = requireUser(context);
    if (!isUuid(userId)) return new NotFoundError();
    const access = userId === callerId ? visibleTo(callerId) : ownedBy(callerId);
    return context.db.$transaction(async (tx) => {
      const project = await lockProject(tx, projectId, access);
      if (!project) return new NotFoundError();
      const { count } = await tx.member.deleteMany({ where: { projectId, userId } });
      if (count === 0) return new NotFoundError();
      await tx.task.updateMany({ where: { projectId, assigneeId: userId }, data: { assigneeId: null } });
      return new RemoveMemberSuccess(userId);
    });
  }
}
