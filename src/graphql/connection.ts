import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'Where a page of a list begins and ends.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follow after `endCursor`.' })
  readonly hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether others come before `startCursor`.' })
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first edge.' })
  readonly startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the last edge; pass it as `after` for the next page.',
  })
  readonly endCursor!: string | null;
}

/** Encodes a position in a list of one kind of row, such as `user`: `kind:id` as base64url. */
export const encodeCursor = (kind: string, id: string): string => Buffer.from(`${kind}:${id}`).toString('base64url');

/** Returns the id in a cursor; for a cursor that is malformed or of another kind, an empty text, which is never an id. */
export const decodeCursor = (kind: string, cursor: string): string => {
  const text = Buffer.from(cursor, 'base64url').toString();
  return text.startsWith(`${kind}:`) ? text.slice(kind.length + 1) : '';
};
