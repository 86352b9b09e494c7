import { Arg, Authorized, Ctx, Mutation, Query, Resolver } from 'type-graphql';

import { requireUser, type Context } from '../context.js';
import { published } from '../error-result.js';
import { RevokeSessionInput } from '../inputs.type.js';
import { RevokeSessionResult, RevokeSessionsSuccess, RevokeSessionSuccess } from '../results.type.js';
import { Session } from './sessions.types.js';

/** One's own sessions. */
@Resolver()
@Authorized()
export class SessionResolver {
  @Query(() => [Session], { nullable: true, description: 'Where you are logged in, the newest first.' })
  async mySessions(@Ctx() context: Context): Promise<Session[]> {
    const caller = requireUser(context);
    const records = await context.auth.sessions.list(caller);
    return records.map((record) => new Session(record, caller.sessionId));
  }

  @Mutation(() => RevokeSessionResult, {
    description: 'Ends one of your sessions; its tokens are refused from now on.',
  })
  async revokeSession(
    @Arg('input', () => RevokeSessionInput, { description: 'Which one.' }) { sessionId }: RevokeSessionInput,
    @Ctx() context: Context,
  ): Promise<typeof RevokeSessionResult> {
    const failure = await context.auth.sessions.revoke(requireUser(context), sessionId, context.client);
    return failure ? published(failure) : new RevokeSessionSuccess();
  }

  @Mutation(() => RevokeSessionsSuccess, { description: 'Ends all your sessions but this one.' })
  async revokeOtherSessions(@Ctx() context: Context): Promise<RevokeSessionsSuccess> {
    return new RevokeSessionsSuccess(
      await context.auth.sessions.revokeAll(requireUser(context), 'others', context.client),
    );
  }

  @Mutation(() => RevokeSessionsSuccess, { description: 'Ends all your sessions, this one too.' })
  async revokeAllSessions(@Ctx() context: Context): Promise<RevokeSessionsSuccess> {
    return new RevokeSessionsSuccess(
      await context.auth.sessions.revokeAll(requireUser(context), 'all', context.client),
    );
  }
}
