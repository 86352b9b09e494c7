/** The ranges of addresses by which rate limits count a client. */
export interface ClientRanges {
  /** What one customer has: the address itself for IPv4, the /64 for IPv6. */
  readonly narrow: string;
  /** What an attacker can rent as one block: the /24 for IPv4, the /48 for IPv6. */
  readonly wide: string;
}
