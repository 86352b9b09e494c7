import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';

import { UserProfile, type Context } from '../../extend.js';
import { Project } from '../projects/project.types.js';
import { Member } from './member.types.js';

/** The members of a project, read once for a whole list of projects. */
@Resolver(() => Project)
export class ProjectMembersResolver {
  @FieldResolver(() => [Member], { description: 'The members besides the owner; at most 50.' })
  async members(@Root() { id }: Project, @Ctx() { db, load }: Context): Promise<Member[]> {
    const [members] = await load('members', [id], async (ids) => {
      const rows = await db.member.findMany({ where: { projectId: { in: [...ids] } }, orderBy: { userId: 'asc' } });
      return new Map(ids.map((projectId) => [projectId, rows.filter((row) => row.projectId === projectId)]));
    });
    return members ?? [];
  }
}

@Resolver(() => Member)
export class MemberFieldsResolver {
  @FieldResolver(() => UserProfile, { nullable: true, description: 'The user; null if the account was just erased.' })
  async user(@Root() { userId }: Member, @Ctx() { users }: Context): Promise<UserProfile | null> {
    const [user = null] = await users.profiles([userId]);
    return user;
  }
}
