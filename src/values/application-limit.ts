/** A rate limit of the application: how often something may be requested in a window, which starts with the first request. */
export interface ApplicationLimit {
  /** What is limited, such as `create-project`. Fields with the same purpose share the limit. */
  readonly purpose: string;
  /** What the limit counts by: the logged-in user, or the client's network, which several users can share. */
  readonly per: 'user' | 'network';
  /** How many requests a window allows. */
  readonly max: number;
  readonly windowSeconds: number;
}
