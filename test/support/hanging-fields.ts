import { EventEmitter, once } from 'node:events';

import { Int, Mutation, Query, Resolver } from 'type-graphql';

import { Public } from '../../src/authorization/rule.js';
import type { ResolverClass } from '../../src/graphql/schema.js';

export interface HangingFields {
  readonly resolver: ResolverClass;
  /** Fulfilled at the next call of a field that hangs. */
  readonly nextCall: () => Promise<unknown>;
  /** Lets the mutations go on that have hung until now. */
  readonly release: () => void;
  /** How often the mutation `counts` ran. */
  readonly count: () => number;
}

/** Fields of an application: some that do not return, one that is counted, and one that returns more than a socket holds. */
export const createHangingFields = (): HangingFields => {
  const events = new EventEmitter();
  let count = 0;

  @Resolver()
  class HangingResolver {
    @Query(() => Int, { nullable: true, description: 'Never returns.' })
    @Public('To hang before everybody.')
    hangs(): Promise<number> {
      events.emit('call');
      return new Promise(() => undefined);
    }

    @Query(() => String, { description: 'Returns 32 MiB.' })
    @Public('To be read slowly.')
    fills(): string {
      return 'x'.repeat(32 * 1024 * 1024);
    }

    @Mutation(() => Int, { description: 'Returns when it is let.' })
    @Public('To hang before everybody.')
    async waits(): Promise<number> {
      events.emit('call');
      await once(events, 'release');
      return 1;
    }

    @Mutation(() => Int, { description: 'Counts its calls.' })
    @Public('To be counted.')
    counts(): number {
      count += 1;
      return count;
    }
  }

  return {
    resolver: HangingResolver,
    nextCall: () => once(events, 'call'),
    release: () => void events.emit('release'),
    count: () => count,
  };
};
