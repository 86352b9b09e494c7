/** The style of every page. Its colors have a contrast of at least 4.5 to 1 in both color schemes. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #f5f6f8; --sheet: #fff; --ink: #1b1f26; --quiet: #535b68; --line: #7d8694; --act: #1d4fc4; --on-act: #fff; --wrong: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #14161a; --sheet: #1e2127; --ink: #e9ebef; --quiet: #aab2bf; --line: #8b94a3; --act: #8fb0ff; --on-act: #10182b; --wrong: #ffb4ab; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 30rem; margin: 8vh auto 0; padding: clamp(1rem, 5vw, 2rem); border-radius: .75rem; background: var(--sheet); }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance; overflow-wrap: break-word; }
p, ul { margin: 0 0 1rem; }
ul { padding-left: 1.25rem; }
[hidden] { display: none; }
#report { border-left: .25rem solid var(--act); padding-left: .75rem; outline: none; }
#report:not(:empty) { margin-bottom: 1rem; }
#report > :last-child { margin-bottom: 0; }
label { display: block; font-weight: 600; }
label.check { display: flex; gap: .5rem; align-items: center; margin: .75rem 0 1.25rem; font-weight: 400; }
label.check input { width: 1.25rem; height: 1.25rem; margin: 0; accent-color: var(--act); }
.hint { margin: .25rem 0 .5rem; color: var(--quiet); font-size: .9375rem; }
#password { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .375rem; background: var(--sheet); color: inherit; font: inherit; }
#password[aria-invalid] { border-color: var(--wrong); box-shadow: 0 0 0 1px var(--wrong); }
button { width: 100%; min-height: 2.75rem; padding: .5rem 1rem; border: 0; border-radius: .375rem; background: var(--act); color: var(--on-act); font: inherit; font-weight: 600; cursor: pointer; }
form[aria-busy] button { opacity: .6; cursor: progress; }
:focus-visible { outline: .1875rem solid var(--act); outline-offset: .125rem; }
@media (forced-colors: active) { button { border: 1px solid; } }
`;
