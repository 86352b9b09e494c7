import { createUnionType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';

import { defineFailure, InvalidInputError, NotFoundError } from '../../extend.js';

export const MemberRole = { EDITOR: 'EDITOR', VIEWER: 'VIEWER' } as const;
export type MemberRole = keyof typeof MemberRole;

registerEnumType(MemberRole, {
  name: 'MemberRole',
  description: 'What a member of a project may do.',
  valuesConfig: {
    EDITOR: { description: 'The member can change the tasks.' },
    VIEWER: { description: 'The member can only see the project.' },
  },
});

@ObjectType({ description: 'A member of a project.' })
export class Member {
  @Field(() => MemberRole, { description: 'What the member may do.' })
  readonly role!: MemberRole;

  readonly projectId!: string;
  readonly userId!: string;
}

export const MemberLimitError = defineFailure('MEMBER_LIMIT');

@InputType({ description: 'The input of `setMember`.' })
export class SetMemberInput {
  @Field(() => ID, { description: 'The id of the project.' })
  readonly projectId!: string;

  @Field(() => ID, { description: 'The id of the user. It cannot be the owner.' })
  readonly userId!: string;

  @Field(() => MemberRole, { description: 'What the member may do.' })
  readonly role!: MemberRole;
}

@InputType({ description: 'The input of `removeMember`.' })
export class RemoveMemberInput {
  @Field(() => ID, { description: 'The id of the project.' })
  readonly projectId!: string;

  @Field(() => ID, { description: 'The id of the member.' })
  readonly userId!: string;
}

@ObjectType({ description: 'The user is a member.' })
export class SetMemberSuccess {
  @Field(() => Member, { description: 'The new or changed member.' })
  readonly member: Member;

  constructor(member: Member) {
    this.member = member;
  }
}

@ObjectType({ description: 'The user is no longer a member, and no task of the project is assigned to it.' })
export class RemoveMemberSuccess {
  @Field(() => ID, { description: 'The id of the user.' })
  readonly userId: string;

  constructor(userId: string) {
    this.userId = userId;
  }
}

export const SetMemberResult = createUnionType({
  name: 'SetMemberResult',
  description: 'The result of `setMember`.',
  types: () => [SetMemberSuccess, InvalidInputError, MemberLimitError, NotFoundError] as const,
});

export const RemoveMemberResult = createUnionType({
  name: 'RemoveMemberResult',
  description: 'The result of `removeMember`.',
  types: () => [RemoveMemberSuccess, NotFoundError] as const,
});
