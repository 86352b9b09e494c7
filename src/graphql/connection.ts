import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'The position of a page in its list.' })
export class PageInfo {
  @Field(() => Boolean, {
    description: 'Whether the list has elements after this page. For the next page, pass `endCursor` as `after`.',
  })
  readonly hasNextPage!: boolean;

  @Field(() => Boolean, {
    description:
      'Whether the list has elements before this page. For the previous page, pass `startCursor` as `before`.',
  })
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first element; null if the page is empty.' })
  readonly startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'The cursor of the last element; null if the page is empty.' })
  readonly endCursor!: string | null;
}

/** Encodes a position in a list of one kind of row, such as `user`: `kind:id` as base64url. */
export const encodeCursor = (kind: string, id: string): string => Buffer.from(`${kind}:${id}`).toString('base64url');

/** Returns the id in a cursor; for a cursor that is malformed or of another kind, an empty text, which is never an id. */
export const decodeCursor = (kind: string, cursor: string): string => {
  const text = Buffer.from(cursor, 'base64url').toString();
  return text.startsWith(`${kind}:`) ? text.slice(kind.length + 1) : '';
};
