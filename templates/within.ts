/** As many of them, from the first on, as fit into so many bytes. */
export function within<T>(items: readonly T[], bytesMax: number, bytesOf: (item: T) => number): readonly T[] {
	let left = bytesMax;
	const end = items.findIndex(item => {
		left -= bytesOf(item);
		return left < 0;
	});
	return end === -1 ? items : items.slice(0, end);
}

/** How much a text takes on the wire, in bytes. */
export const bytes = (text: string): number => Buffer.byteLength(text);
