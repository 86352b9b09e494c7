import { escapeHtml } from '../../values/html-text.js';

/** Escapes a text, and then replaces its placeholders by values that are HTML. */
export const fillHtml = (text: string, values: Readonly<Record<string, string | undefined>>): string =>
  escapeHtml(text).replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder);

export interface DocumentOptions {
  /** A BCP 47 tag. */
  readonly locale: string;
  readonly title: string;
  readonly style: string;
  /** The content of `<body>`, as HTML. */
  readonly body: string;
}

/** Renders a page around its content. All addresses are relative, so that a prefix that a proxy adds to the path is kept. */
export const renderDocument = ({ locale, title, style, body }: DocumentOptions): string => `<!doctype html>
<html lang="${escapeHtml(locale)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="favicon.svg" type="image/svg+xml">
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
