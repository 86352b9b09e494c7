import { readableColorOn, textColorOn } from './color.js';

/** The colors of one color scheme, in the form `#rrggbb`. Text on any of its backgrounds has a contrast of at least 7 to 1. */
interface Colors {
  /** The backgrounds of the window, of the box in it, and of the two results of a form. */
  readonly background: string;
  readonly surface: string;
  readonly successBackground: string;
  readonly errorBackground: string;
  /** The colors of text, of hints, of borders, and of the signs of the two results. */
  readonly text: string;
  readonly mutedText: string;
  readonly border: string;
  readonly success: string;
  readonly error: string;
}

export const lightColors: Colors = {
  background: '#f4f5f7',
  surface: '#ffffff',
  successBackground: '#e6f4ea',
  errorBackground: '#fdeceb',
  text: '#1b1f26',
  mutedText: '#4a515d',
  border: '#767e8c',
  success: '#115528',
  error: '#8f1d18',
};

export const darkColors: Colors = {
  background: '#121418',
  surface: '#1c1f25',
  successBackground: '#15301f',
  errorBackground: '#3a1a1a',
  text: '#eceef2',
  mutedText: '#b4bbc7',
  border: '#8b94a3',
  success: '#9be0b3',
  error: '#ffb9b2',
};

/** The color of buttons and links if APP_COLOR is not set. */
export const DEFAULT_COLOR = '#1d4fc4';

const variablesOf = (colors: Colors, accent: string): string =>
  Object.entries({ ...colors, accent, onAccent: textColorOn(accent) })
    .map(([name, value]) => `--${name}: ${value};`)
    .join(' ');

/**
 * Creates the style of every page.
 *
 * @param color APP_COLOR, which is darkened or lightened until it is readable in each color scheme
 */
export const createStyle = (color: string): string => {
  const light = readableColorOn(color, [lightColors.background, lightColors.surface], '#000000');
  const dark = readableColorOn(color, [darkColors.background, darkColors.surface], '#ffffff');
  return `
:root { color-scheme: light dark; ${variablesOf(lightColors, light)} }
@media (prefers-color-scheme: dark) { :root { ${variablesOf(darkColors, dark)} } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; background: var(--background); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 30rem; margin: min(10vh, 12vw) auto 0; padding: clamp(1.25rem, 6vw, 2.25rem); border-radius: .75rem; background: linear-gradient(var(--accent) 0 0) top / 100% .25rem no-repeat var(--surface); box-shadow: 0 1px 3px #0000002e; overflow-wrap: break-word; }
.service { margin: 0 0 .5rem; color: var(--accent); font-weight: 600; overflow-wrap: anywhere; }
h1 { margin: 0 0 1.25rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
p, ul, dl { margin: 0 0 1rem; }
form { margin: 1.25rem 0 0; }
main > :last-child, main dd:last-child, form > :last-child, #report .result > :last-child { margin-bottom: 0; }
ul { padding-inline-start: 1.25rem; }
dt { font-weight: 600; }
dd { margin: 0 0 .75rem; color: var(--mutedText); }
a { color: var(--accent); }
[hidden] { display: none; }
#report { outline: none; }
#report:not(:empty) { padding: .875rem 1rem; border: 1px solid var(--resultText); border-inline-start-width: .375rem; border-radius: .375rem; background: var(--resultBackground); }
#report[role="status"] { --resultText: var(--success); --resultBackground: var(--successBackground); }
#report[role="alert"] { --resultText: var(--error); --resultBackground: var(--errorBackground); }
#report .outcome { display: flex; gap: .5rem; align-items: center; margin-bottom: .25rem; color: var(--resultText); font-weight: 600; }
#report svg { flex: none; width: 1.25rem; height: 1.25rem; }
#report strong { overflow-wrap: anywhere; }
label { display: block; font-weight: 600; }
label.check { display: flex; gap: .5rem; align-items: center; width: fit-content; min-height: 2.75rem; margin: .25rem 0 .75rem; font-weight: 400; }
label.check input { width: 1.25rem; height: 1.25rem; margin: 0; accent-color: var(--accent); }
.hint { margin: .25rem 0 .5rem; color: var(--mutedText); font-size: .9375rem; }
.name { position: absolute; width: 1px; height: 1px; margin: 0; padding: 0; border: 0; clip-path: inset(50%); overflow: hidden; }
#password { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid var(--border); border-radius: .375rem; background: var(--surface); color: inherit; font: inherit; }
#password[aria-invalid] { border-color: var(--error); box-shadow: 0 0 0 1px var(--error); }
button { width: 100%; min-height: 2.75rem; padding: .5rem 1rem; border: 0; border-radius: .375rem; background: var(--accent); color: var(--onAccent); font: inherit; font-weight: 600; cursor: pointer; }
button:hover { filter: brightness(.93); }
form[aria-busy] button { opacity: .6; cursor: progress; }
:focus-visible { outline: .1875rem solid var(--accent); outline-offset: .125rem; }
@media (forced-colors: active) { main, button { border: 1px solid; } }
`;
};
