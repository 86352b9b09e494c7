/** A test that a document names, as its file and a part of its name. */
interface CitedTest {
  readonly file: string;
  readonly name: string;
}

/** The tests that a text names in the form `test/….test.ts` › `name`, each in backquotes. */
export const citedTests = (text: string): CitedTest[] =>
  Array.from(text.matchAll(/`(test\/[^`]+\.test\.ts)` › `([^`]+)`/g), ([, file = '', name = '']) => ({ file, name }));
