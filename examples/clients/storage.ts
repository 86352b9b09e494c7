/** What `login`, `refreshSession` and `changePassword` answer. The refresh token is null when a cookie holds it. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
}

/** Where the tokens of one session are kept. Tabs that share it share the session. */
export interface TokenStorage {
  get(): Tokens | undefined;
  set(tokens: Tokens | undefined): void;
}

/** As much of `localStorage` as is used. */
export interface StorageArea {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Lives as long as the page: for cookie mode. */
export const createMemoryStorage = (): TokenStorage => {
  let kept: Tokens | undefined;
  return {
    get: () => kept,
    set: (tokens) => {
      kept = tokens;
    },
  };
};

/** Over `localStorage`, which all tabs of an origin share. Every script of the origin can read it. */
export const createWebStorage = (area: StorageArea, key = 'gatehouse'): TokenStorage => ({
  get: () => read(area.getItem(key)),
  set: (tokens) => {
    if (tokens) area.setItem(key, JSON.stringify(tokens));
    else area.removeItem(key);
  },
});

/** Whatever else lies there, from another program or an older version of this one, is nobody's. */
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
