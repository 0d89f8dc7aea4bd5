// Control and format characters could move a terminal's cursor or turn text around; a lone surrogate breaks UTF-8.
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/**
 * Makes text from a commit message, a path or a title safe to print in a finding: one line, no control characters,
 * at most `maxLength` characters (three dots say that it was cut).
 */
export function plainText(text: string, maxLength: number): string {
	const clean = text
		.slice(0, maxLength * 2)
		.replace(unsafe, ' ')
		.trim();
	const cut = clean.length > maxLength || text.length > maxLength * 2;
	return cut ? `${clean.slice(0, maxLength - 3).replace(unsafe, '')}...` : clean;
}
