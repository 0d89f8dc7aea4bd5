/** Lines as people nest them in minutes: by indentation, by `-`, `*` or `•`, or by both. */

export type NestedLine = {
	/** 0 for a line under no other. */
	readonly depth: number;
	/** How deep in a list; 0 where it is no part of one. */
	readonly listDepth: number;
	readonly text: string;
};

const shape = /^([ \t\u00A0]*)((?:[-*\u2022\u25E6\u25AA]+[ \t\u00A0]+)?)(.*)$/su;

/** How far to the right a line begins: a bullet counts one more than a line without, and `**` more than `*`. */
function weightOf(indent: string, bullet: string): number {
	const width = [...indent].reduce((sum, character) => sum + (character === '\t' ? 4 : 1), 0);
	return width + bullet.trim().length;
}

/**
 * The lines of a text with their depths, whatever the steps of the indentation are: a line that begins further to the right than one
 * before is under it. Empty lines are left out. Deeper than `depthMax` is `depthMax`.
 */
export function nestedLines(text: string, depthMax = 5): readonly NestedLine[] {
	const above: {readonly weight: number; readonly isBullet: boolean}[] = [];
	return text.split('\n').flatMap(line => {
		const [, indent = '', bullet = '', rest = ''] = shape.exec(line) ?? [];
		const said = rest.trim();
		if (said === '') return [];
		const weight = weightOf(indent, bullet);
		while ((above.at(-1)?.weight ?? -1) >= weight) above.pop();
		const lists = above.filter(({isBullet}) => isBullet).length;
		const isBullet = bullet !== '';
		const found = {
			depth: Math.min(above.length, depthMax),
			listDepth: Math.min(lists === 0 && !isBullet ? 0 : lists + 1, depthMax),
			text: said,
		};
		above.push({weight, isBullet});
		return [found];
	});
}
