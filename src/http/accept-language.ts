/** Longer than the header of any browser. The rest of a longer one is ignored. */
const HEADER_MAX = 256;

/** A BCP 47 tag of at most 35 characters. `*` states no preference. */
const tagForm = /^(?=.{2,35}$)[a-z]{2,8}(?:-[a-z0-9]{1,8})*$/i;

/** Returns the tags of an Accept-Language header, the preferred one first. @see RFC 9110 section 12.5.4 */
export const acceptedLanguages = (header = ''): string[] =>
  header
    .slice(0, HEADER_MAX)
    .split(',')
    .map((range) => {
      const [tag = '', weight] = range.split(';', 2);
      return { tag: tag.trim(), weight: Number(/^\s*q=([\d.]+)\s*$/i.exec(weight ?? 'q=1')?.[1] ?? 0) };
    })
    .filter(({ tag, weight }) => weight > 0 && tagForm.test(tag))
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
