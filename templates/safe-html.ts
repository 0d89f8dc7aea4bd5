/** Text that was made by our own drawing or went through the sanitiser: the only kind that a template prints unescaped. */
export type SafeHtml = {readonly html: string; readonly safe: true};

/** For SVG from `reports/`, which escapes all text itself, and for sanitised Markdown. For nothing else. */
export const safeHtml = (html: string): SafeHtml => ({html, safe: true});
