const MAX_LENGTH = 200;

/** Returns a title without white space around it; null if it is empty, too long, or has control characters. */
export const readTitle = (text: string): string | null => {
  const title = text.trim();
  const isValid = title !== '' && [...title].length <= MAX_LENGTH && !/[\p{Cc}\p{Cs}]/u.test(title);
  return isValid ? title : null;
};
