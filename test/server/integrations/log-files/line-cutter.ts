import test from 'ava';
import fc from 'fast-check';
import {keptBytesMax, lineCutter, noLines} from '../../../../server/integrations/log-files/line-cutter.ts';
import type {CutLine} from '../../../../server/integrations/log-files/log-line.ts';

function cut(chunks: readonly Uint8Array[], inMiddle = false) {
	const lines: CutLine[] = [];
	const counts = noLines();
	const cutter = lineCutter(line => lines.push(line), counts, inMiddle);
	for (const chunk of chunks) {
		// The chunk is used again by the reader, so the cutter may keep nothing of it.
		const reused = Buffer.from(chunk);
		cutter.feed(reused);
		reused.fill(0x21);
	}
	return {lines: lines.map(line => line.text), cuts: lines.filter(line => line.cut).length, counts, cutter, all: lines};
}

test('lines come out whole, whatever the chunks', t => {
	fc.assert(
		fc.property(
			fc.array(fc.string({unit: 'grapheme', minLength: 1, maxLength: 40}).filter(text => !/[\n\r\0\uFEFF]/.test(text))),
			fc.array(fc.integer({min: 1, max: 30}), {minLength: 1}),
			(lines, sizes) => {
				const bytes = Buffer.from(lines.map(line => `${line}\n`).join(''));
				const chunks: Buffer[] = [];
				for (let from = 0, index = 0; from < bytes.length; index += 1) {
					const size = sizes[index % sizes.length] ?? 1;
					chunks.push(bytes.subarray(from, from + size));
					from += size;
				}
				t.deepEqual(cut(chunks).lines, lines);
			},
		),
	);
});

test('a line without its line break waits, until nothing more will come', t => {
	const {lines, cutter, all} = cut([Buffer.from('one\ntw')]);
	t.deepEqual(lines, ['one']);
	cutter.feed(Buffer.from('o'));
	cutter.flush();
	t.is(all[1]?.text, 'two');
});

test('a line of ten megabytes keeps its first 64 KiB, and the next line is whole', t => {
	const chunks = [Buffer.from('before\nlong'), ...Array.from({length: 160}, () => Buffer.alloc(65_536, 'x')), Buffer.from('\nafter\n')];
	const {lines, counts, cuts} = cut(chunks);
	t.deepEqual([lines[0], lines[2]], ['before', 'after']);
	t.is(lines[1]?.length, keptBytesMax);
	t.is(cuts, 1);
	t.like(counts, {lines: 3, cutLines: 1, skippedBytes: 160 * 65_536 + 4 - keptBytesMax});
});

test('a cut through a character leaves no half of it', t => {
	const {lines, counts} = cut([Buffer.from(`${'x'.repeat(keptBytesMax - 1)}üüü\n`)]);
	t.is(lines[0], 'x'.repeat(keptBytesMax - 1));
	t.is(counts.latin1Lines, 0);
});

test('Latin-1 is read line by line, next to UTF-8', t => {
	const {lines, counts} = cut([Buffer.from('Zürich\n'), Buffer.from('Zürich\r\n', 'latin1'), Buffer.from([0xff, 0xfe, 0x0a])]);
	t.deepEqual(lines, ['Zürich', 'Zürich', 'ÿþ']);
	t.is(counts.latin1Lines, 2);
});

test('the hole that a truncated file has is passed over', t => {
	t.deepEqual(cut([Buffer.alloc(200_000), Buffer.from('one\n')]).lines, ['one']);
	t.deepEqual(cut([Buffer.concat([Buffer.alloc(10), Buffer.from('one\n')])]).lines, ['one']);
});

test('reading that begins in the middle drops the rest of a line', t => {
	t.deepEqual(cut([Buffer.from('of a li'), Buffer.from('ne\ntwo\nthree\n')], true).lines, ['two', 'three']);
	t.deepEqual(cut([Buffer.from('\ntwo\n')], true).lines, ['two']);
});
