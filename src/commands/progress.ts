import { escapeControls } from '../values/escape-controls.js';

/** A progress bar on a terminal, and lines that are printed above it. */
export interface Progress {
  /** Shows the progress as a fraction of 1, if it is known, with a short text. */
  show(fraction: number | undefined, text: string): void;
  /** Prints a line above the bar. */
  say(line: string): void;
  /** Removes the bar. */
  end(): void;
}

/** A stream that may be a terminal, such as standard error. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const WIDTH = 30;
const CLEAR_LINE = '\r\u001b[2K';

/** Shows a bar on a terminal; a file or a pipe receives the lines only. */
export const createProgress = (terminal: Terminal): Progress => {
  let shown = '';
  const draw = (bar: string) => {
    if (terminal.isTTY !== true || bar === shown) return;
    shown = bar;
    terminal.write(`${CLEAR_LINE}${bar}`);
  };
  return {
    show(fraction, text) {
      draw(fraction === undefined ? text : `${barOf(Math.min(fraction, 1))} ${text}`);
    },
    say(line) {
      const bar = shown;
      draw('');
      terminal.write(`${escapeControls(line)}\n`);
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
