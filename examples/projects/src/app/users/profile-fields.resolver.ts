import { FieldResolver, Resolver, Root } from 'type-graphql';

import { UserProfile } from '../../extend.js';

/** The field that the example adds to `UserProfile`, wherever one user sees another. */
@Resolver(() => UserProfile)
export class ProfileFieldsResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The first letters of the first and the last word of the name; null without a name.',
  })
  initials(@Root() { name }: UserProfile): string | null {
    const words = name?.split(/\s+/).filter((word) => word !== '') ?? [];
    const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0] ?? '');
    return letters.join('').toUpperCase() || null;
  }
}
