/** A bar on a terminal, and words between two states of it. */
export interface Progress {
  /** Shows how much is done, as a fraction of 1 where that is known, with a few words. */
  show(fraction: number | undefined, words: string): void;
  /** Writes a line of its own. */
  say(line: string): void;
  /** Takes the bar away. */
  end(): void;
}

/** Where a bar is shown: standard error, or what stands for it in a test. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const WIDTH = 30;
const CLEAR_LINE = '\r\u001b[2K';

/** Makes a bar where there is a terminal; a file or a pipe gets the lines alone. */
export const createProgress = (terminal: Terminal): Progress => {
  let shown = '';
  const draw = (bar: string) => {
    if (terminal.isTTY !== true || bar === shown) return;
    shown = bar;
    terminal.write(`${CLEAR_LINE}${bar}`);
  };
  return {
    show(fraction, words) {
      draw(fraction === undefined ? words : `${barOf(Math.min(fraction, 1))} ${words}`);
    },
    say(line) {
      const bar = shown;
      draw('');
      terminal.write(`${line}\n`);
      draw(bar);
    },
    end() {
      draw('');
    },
  };
};

const barOf = (fraction: number): string => {
  const full = Math.floor(fraction * WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${`${Math.floor(fraction * 100)}`.padStart(3)} %`;
};
