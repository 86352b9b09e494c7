import type { Config } from '../../config/config.js';
import type { Failure } from '../../errors.js';
import type { EmailMessage } from '../../mail/email-message.js';
import type { PasswordHasher } from '../../security/passwords/password.js';
import { generateOneTimeToken, generateReceipt } from '../../security/tokens/one-time-token.js';
import { StoreConflict } from '../../store/errors.js';
import type { UserRecord } from '../../store/tables/users.js';
import { parseEmailAddress, type EmailAddress } from '../../values/email-address.js';
import { VERIFICATION_TTL_SECONDS } from '../../values/policy.js';
import type { BeforeSignUp } from '../application/sign-up-decision.js';
import type { Client } from '../caller.js';
import { formWeaknesses, type PasswordPolicy } from '../password-checks/password-policy.js';
import type { RateLimits } from '../rate-limits/rate-limits.js';
import type { Change, UnitOfWork } from '../unit-of-work.js';
import { parseProfileChange } from './profile-input.js';

/** The input of a sign-up. Nothing in it is verified. */
export interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly name: string | null;
  readonly locale: string | null;
}

/** A sign-up whose fields are well-formed. */
interface ParsedSignUp extends Pick<SignUp, 'name' | 'locale'> {
  readonly address: EmailAddress;
}

/** A valid sign-up, with its password hashed. */
interface PreparedSignUp extends ParsedSignUp {
  readonly passwordHash: string;
  readonly receiptDigest: Uint8Array;
}

type MalformedSignUp = Failure<'INVALID_EMAIL' | 'INVALID_INPUT' | 'WEAK_PASSWORD'>;

type SignUpFailure = MalformedSignUp | Failure<'SIGN_UP_CLOSED' | 'SIGN_UP_REFUSED' | 'RATE_LIMITED'>;

const parseSignUp = ({ email, password, name, locale }: SignUp): ParsedSignUp | MalformedSignUp => {
  const address = parseEmailAddress(email);
  if (!address) return { failure: 'INVALID_EMAIL' };
  const profile = parseProfileChange({ name, locale });
  if ('failure' in profile) return profile;
  const reasons = formWeaknesses(password);
  if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };
  return { address, name: profile.name ?? null, locale: profile.locale ?? null };
};

// A sign-up can never claim an account that is verified, or that was created in any other way than by a sign-up.
const isClosedToSignUp = (user: UserRecord | undefined) =>
  user && (user.emailVerifiedAt !== null || user.origin !== 'SIGN_UP');

/**
 * Accepts a sign-up for any address, with the same result and the same writes. Only the email, which only the owner of
 * the address reads, reveals whether there was an account already.
 */
export const createSignUp = ({
  change,
  config,
  hasher,
  passwordPolicy,
  rateLimits,
  beforeSignUp,
}: {
  readonly change: Change;
  readonly config: Pick<Config, 'requireVerifiedEmail' | 'signUp'>;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly rateLimits: RateLimits;
  readonly beforeSignUp: BeforeSignUp;
}) => {
  /** Creates the account at once if users may log in before they verify their address. */
  const createUser = async (
    tx: UnitOfWork,
    { address, name, locale, passwordHash }: PreparedSignUp,
  ): Promise<string | null> => {
    if (config.requireVerifiedEmail) return null;
    const id = tx.newId();
    const emails = { email: address.spelling, emailCanonical: address.canonical, isVerified: false };
    const user = { id, ...emails, origin: 'SIGN_UP', name, locale, roles: ['USER'], passwordHash } as const;
    await tx.users.create(user, { type: 'SIGN_UP_REQUESTED', subjectId: id });
    return id;
  };

  const writeSignUp = (prepared: PreparedSignUp, client: Client): Promise<void> =>
    change({ kind: 'anonymous', client }, async (tx) => {
      const { spelling: email, canonical: emailCanonical } = prepared.address;
      const existing = await tx.users.findByAddress(emailCanonical);
      const createdId = existing ? null : await createUser(tx, prepared);
      const userId = existing?.id ?? createdId;
      if (createdId === null) tx.audit.record({ type: 'SIGN_UP_REQUESTED', subjectId: userId ?? undefined });
      const [signUpId, tokenId] = [tx.newId(), tx.newId()];
      const { token, digest } = generateOneTimeToken(tokenId);
      const { passwordHash, receiptDigest, name, locale } = prepared;
      const signUp = { id: signUpId, email, emailCanonical, passwordHash, receiptDigest, name, locale, userId };
      await tx.signUps.create(signUp);
      const binding = { emailCanonical, userId, signUpId, ttlSeconds: VERIFICATION_TTL_SECONDS };
      await tx.oneTimeTokens.create({ id: tokenId, purpose: 'VERIFY_EMAIL', digest, ...binding });

      const message: EmailMessage['message'] = isClosedToSignUp(existing)
        ? { template: 'sign-up-attempted' }
        : { template: 'verify-email', token };
      const recipient = { email: existing?.email ?? email, locale: existing?.locale ?? locale };
      const { isGranted, exhaustion } = await rateLimits.mayMail(tx, 'SIGN_UP', emailCanonical, prepared);
      if (exhaustion) tx.audit.record({ ...exhaustion, subjectId: userId ?? undefined });
      if (isGranted) await tx.mail.send(recipient, message);
    });

  return async (signUp: SignUp, client: Client): Promise<{ receipt: string } | SignUpFailure> => {
    if (config.signUp === 'closed') return { failure: 'SIGN_UP_CLOSED' };
    const parsed = parseSignUp(signUp);
    if ('failure' in parsed) return parsed;
    return hasher.admit(client.network, async (hashing) => {
      const taken = await rateLimits.takeMailRequest(client);
      if ('failure' in taken) return taken;
      const refused = await beforeSignUp({
        email: parsed.address.spelling,
        name: parsed.name,
        locale: parsed.locale,
      });
      if (refused) return refused;
      const reasons = await passwordPolicy.weaknesses(signUp.password, {
        email: parsed.address.spelling,
        name: parsed.name,
      });
      if (reasons.length > 0) return { failure: 'WEAK_PASSWORD', reasons };

      const passwordHash = await hashing.hash(signUp.password);
      const { receipt, digest: receiptDigest } = generateReceipt();
      const prepared = { ...parsed, passwordHash, receiptDigest };
      // Another sign-up created the account for this address at the same moment. The second run finds that account.
      await writeSignUp(prepared, client).catch((error: unknown) => {
        if (error instanceof StoreConflict) return writeSignUp(prepared, client);
        throw error;
      });
      return { receipt };
    });
  };
};
