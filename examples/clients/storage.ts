/** The result of `login`, `refreshSession` and `changePassword`. The refresh token is null if it is in the cookie. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
}

/** Stores the tokens of one session. Tabs that share the storage share the session. */
export interface TokenStorage {
  get(): Tokens | undefined;
  set(tokens: Tokens | undefined): void;
}

/** The part of `localStorage` that is used. */
export interface StorageArea {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Keeps the tokens as long as the page is open: for cookie mode. */
export const createMemoryStorage = (): TokenStorage => {
  let kept: Tokens | undefined;
  return {
    get: () => kept,
    set: (tokens) => {
      kept = tokens;
    },
  };
};

/** Keeps the tokens in `localStorage`, which all tabs of an origin share and every script of the origin can read. */
export const createWebStorage = (area: StorageArea, key = 'gatehouse'): TokenStorage => ({
  get: () => read(area.getItem(key)),
  set: (tokens) => {
    if (tokens) area.setItem(key, JSON.stringify(tokens));
    else area.removeItem(key);
  },
});

/** A text that is not ours, from another program or an older version of this one, counts as no tokens. */
const read = (text: string | null): Tokens | undefined => {
  if (text === null) return undefined;
  try {
    const { accessToken, refreshToken } = JSON.parse(text) as Record<keyof Tokens, unknown>;
    if (typeof accessToken !== 'string') return undefined;
    return typeof refreshToken === 'string' || refreshToken === null ? { accessToken, refreshToken } : undefined;
  } catch {
    return undefined;
  }
};
