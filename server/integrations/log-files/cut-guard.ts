/**
 * Knows again the bytes that stand just before the place reading has come to. Where they are others, or gone, the file was
 * emptied and written anew, even when it has grown past that place since, which its size alone would not show.
 */
export type CutGuard = {
	/** How many bytes before the place are to be read again. */
	length(): number;
	/** Whether what was read, from `length()` bytes before the place on, is the same file still. */
	stands(bytes: Uint8Array): boolean;
	/** Reading has passed these bytes: the last of them are the ones to know again. */
	passed(bytes: Uint8Array): void;
	clear(): void;
};

const guardedBytes = 256;

export function cutGuard(): CutGuard {
	let last = Buffer.alloc(0);
	return {
		length: () => last.length,
		stands: bytes => last.equals(bytes.subarray(0, last.length)),
		passed(bytes) {
			last = Buffer.from(bytes.subarray(-guardedBytes));
		},
		clear() {
			last = Buffer.alloc(0);
		},
	};
}
