import { ArgsType, Field, getMetadataStorage, Int, ObjectType, type ClassType } from 'type-graphql';

import { countRows, readPage, type PageRange } from '../auth/page.js';
import { OperatorError } from '../errors.js';
import { PAGE_DEFAULT, PAGE_MAX } from '../values/policy.js';
import { decodeCursor, encodeCursor, PageInfo } from './connection.js';

/** The arguments of a field that returns a connection, with the bounds of `users`. */
@ArgsType()
export class PageArguments {
  @Field(() => Int, {
    nullable: true,
    description: `The size of the page at the beginning of the list, or after \`after\`: 1 to ${PAGE_MAX}; ${PAGE_DEFAULT} if neither \`first\` nor \`last\` is given.`,
  })
  readonly first?: number | null;

  @Field(() => String, { nullable: true, description: 'A cursor. The page has only elements after it.' })
  readonly after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `The size of the page at the end of the list, or before \`before\`: 1 to ${PAGE_MAX}.`,
  })
  readonly last?: number | null;

  @Field(() => String, { nullable: true, description: 'A cursor. The page has only elements before it.' })
  readonly before?: string | null;
}

/** An element of a list, which is ordered by its id: a UUIDv7, so that the newest is first. */
interface Identified {
  readonly id: string;
}

/** A page of a list of an application, newest first. */
export interface Connection<Node extends Identified> {
  readonly edges: readonly { readonly node: Node; readonly cursor: string }[];
  readonly nodes: readonly Node[];
  readonly pageInfo: PageInfo;
  totalCount(): Promise<number | null>;
}

/** The class of a connection type. `readConnection` creates its instances. */
export type ConnectionClass<Node extends Identified> = new (
  page: Pick<Connection<Node>, 'nodes'> & Pick<PageInfo, 'hasNextPage' | 'hasPreviousPage'>,
  count: (limit: number) => Promise<number>,
) => Connection<Node>;

/**
 * Defines the connection type of an object type: `ProjectConnection` with `ProjectEdge` for `Project`.
 *
 * @throws OperatorError when the class has no `@ObjectType()`
 */
export const connectionOf = <Node extends Identified>(NodeType: ClassType<Node>): ConnectionClass<Node> => {
  const name = getMetadataStorage().objectTypes.find(({ target }) => target === NodeType)?.name;
  if (name === undefined)
    throw new OperatorError(`connectionOf(${NodeType.name}): the class has no @ObjectType(). Add it.`);

  @ObjectType(`${name}Edge`, { description: `An element of a list of \`${name}\`.` })
  class Edge {
    @Field(() => NodeType, { description: 'The element.' })
    readonly node!: Node;

    @Field(() => String, { description: 'The position of the element, to be passed as `after` or `before`.' })
    readonly cursor!: string;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of \`${name}\`, newest first.` })
  class NodeConnection implements Connection<Node> {
    @Field(() => [Edge], { description: 'The elements of this page, each with its cursor.' })
    readonly edges: readonly Edge[];

    @Field(() => [NodeType], { description: 'The elements of this page.' })
    readonly nodes: readonly Node[];

    @Field(() => PageInfo, { description: 'The position of this page in the list.' })
    readonly pageInfo: PageInfo;

    readonly #count: (limit: number) => Promise<number>;
    #counted: Promise<number | null> | undefined;

    constructor(...[{ nodes, hasNextPage, hasPreviousPage }, count]: ConstructorParameters<ConnectionClass<Node>>) {
      this.nodes = nodes;
      this.edges = nodes.map((node) => ({ node, cursor: encodeCursor(name ?? '', node.id) }));
      const [startCursor = null, endCursor = null] = [this.edges[0]?.cursor, this.edges.at(-1)?.cursor];
      this.pageInfo = { hasNextPage, hasPreviousPage, startCursor, endCursor };
      this.#count = count;
    }

    /** Counts once, however many aliases select the field. */
    @Field(() => Int, {
      nullable: true,
      description:
        'The number of elements in the whole list, which is counted only if this field is selected. It is exact up to 100,000; null if there are more.',
    })
    totalCount(): Promise<number | null> {
      return (this.#counted ??= countRows(this.#count));
    }
  }
  kinds.set(NodeConnection, name);
  return NodeConnection;
};

/** The kind of the cursors of each connection: a cursor of one list is none of another. */
const kinds = new WeakMap<object, string>();

/** The part of a Prisma query that selects the rows of a page. */
export interface PageQuery {
  readonly where: { readonly id: { lt?: string; lte?: string; gt?: string; gte?: string } };
  readonly orderBy: { readonly id: 'asc' | 'desc' };
  readonly take: number;
}

/** How a list is read. */
export interface ListReader<Node> {
  /** Returns the rows of a query, to which it adds the conditions of the list. */
  readonly list: (query: PageQuery) => Promise<readonly Node[]>;
  /** Counts the rows of the list up to a number. */
  readonly count: (take: number) => Promise<number>;
}

/**
 * Reads the page of a list that the arguments of a field state.
 *
 * @throws GatehouseError BAD_USER_INPUT for a size other than 1 to 100, for both sizes, and for a cursor of no such list
 */
export const readConnection = async <Node extends Identified>(
  ConnectionType: ConnectionClass<Node>,
  { first, after, last, before }: PageArguments,
  { list, count }: ListReader<Node>,
): Promise<Connection<Node>> => {
  const kind = kinds.get(ConnectionType) ?? '';
  const idOf = (cursor: string | null | undefined) => (cursor ? decodeCursor(kind, cursor) : null);
  const request = { first, after: idOf(after), last, before: idOf(before) };
  const { rows, ...position } = await readPage(request, async ({ range, from, limit }) => {
    const isFromEnd = from === 'end';
    const found = await list({
      where: { id: conditionsOf(range) },
      orderBy: { id: isFromEnd ? 'asc' : 'desc' },
      take: limit,
    });
    return isFromEnd ? found.toReversed() : found;
  });
  return new ConnectionType({ nodes: rows, ...position }, count);
};

/** The newest is first: what comes after an element has a smaller id. */
const conditionsOf = ({ after, before, includesCursors = false }: PageRange): PageQuery['where']['id'] => ({
  ...(after === null ? {} : { [includesCursors ? 'lte' : 'lt']: after }),
  ...(before === null ? {} : { [includesCursors ? 'gte' : 'gt']: before }),
});
