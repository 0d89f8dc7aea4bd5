/**
 * Brings a part of the page to what the server says now, touching only what differs: what is open stays open, what is selected stays
 * selected, and a form that somebody is typing in is left alone.
 */

/** Controls whose contents a person changed, or is in. */
function isBusy(form: HTMLFormElement): boolean {
	if (form.querySelector(':is(input, textarea, select):focus') !== null) return true;
	return [...form.elements].some(control => {
		if (control instanceof HTMLInputElement) return control.value !== control.defaultValue || control.checked !== control.defaultChecked;
		if (control instanceof HTMLTextAreaElement) return control.value !== control.defaultValue;
		if (!(control instanceof HTMLSelectElement)) return false;
		const options = [...control.options];
		const first = Math.max(
			0,
			options.findIndex(option => option.defaultSelected),
		);
		return !control.multiple && control.selectedIndex !== first;
	});
}

/** What a node is, whether a person opened it or not. */
const signature = (node: Node): string =>
	node instanceof Element ? node.outerHTML.replaceAll(/(<details[^>]*?) open(?:="")?/g, '$1') : `${node.nodeType} ${node.nodeValue ?? ''}`;

const isSameKind = (old: Node, next: Node): boolean =>
	old.nodeName === next.nodeName && (!(old instanceof Element && next instanceof Element) || old.id === next.id);

function bringAttributes(old: Element, next: Element): void {
	const keepsOpen = old instanceof HTMLDetailsElement;
	for (const {name} of [...old.attributes]) if (!next.hasAttribute(name) && !(keepsOpen && name === 'open')) old.removeAttribute(name);
	for (const {name, value} of [...next.attributes])
		if (old.getAttribute(name) !== value && !(keepsOpen && name === 'open')) old.setAttribute(name, value);
}

/** Whether somebody is typing in a form that it is, or that stands in it. */
const isTypedIn = (node: Node): boolean =>
	node instanceof Element && [node, ...node.querySelectorAll('form')].some(form => form instanceof HTMLFormElement && isBusy(form));

/**
 * Which of the old ones this is now; -1: none. Text is everywhere, so only the very next one is taken for it, and nothing is taken that
 * stands behind a form in use: that form would be left over, and come a second time.
 */
function placeOf(next: Node, olds: readonly Node[]): number {
	const place = olds.findIndex((old, index) => isSameKind(old, next) && (index === 0 || next instanceof Element));
	return olds.some((old, index) => index < place && isTypedIn(old)) ? -1 : place;
}

/** Between two nodes that are the same, what is of one kind is taken for one thing that changed; the rest came or went. */
function bringStretch(parent: Element, olds: Node[], nexts: readonly Node[], before: Node | null, arrived: Element[]): void {
	const left: Node[] = [];
	for (const next of nexts) {
		const place = placeOf(next, olds);
		const old = olds[place];
		if (old === undefined) {
			const added = document.importNode(next, true);
			parent.insertBefore(added, olds[0] ?? before);
			if (added instanceof HTMLElement) arrived.push(added);
			continue;
		}
		left.push(...olds.splice(0, place));
		olds.shift();
		bringNode(old, next, arrived);
	}
	// What the server no longer shows goes, but for a form that somebody is typing in: that text is nowhere else.
	for (const gone of [...left, ...olds]) if (!isTypedIn(gone)) parent.removeChild(gone);
}

function bringNode(old: Node, next: Node, arrived: Element[]): void {
	if (!(old instanceof Element && next instanceof Element)) {
		if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
		return;
	}
	if (signature(old) === signature(next)) return;
	if (old instanceof HTMLFormElement && isBusy(old)) return;
	if (old instanceof SVGElement) {
		old.replaceWith(document.importNode(next, true));
		return;
	}
	const said = old.textContent;
	bringAttributes(old, next);
	bringChildren(old, next, arrived);
	// What nobody typed shows what the server says; a control that was once typed in would keep its old text beside the new version.
	if (old instanceof HTMLTextAreaElement || (old instanceof HTMLInputElement && old.type !== 'hidden')) old.value = old.defaultValue;
	if (old.matches('h1, .pill') && old.textContent !== said) arrived.push(old);
}

function bringChildren(old: Element, next: Element, arrived: Element[]): void {
	const olds = [...old.childNodes].map(node => ({node, says: signature(node)}));
	let from = 0;
	let waiting: Node[] = [];
	for (const node of [...next.childNodes]) {
		const says = signature(node);
		const at = olds.findIndex((candidate, index) => index >= from && candidate.says === says);
		// Blank text is everywhere and shows nothing of where it belongs.
		if (at < 0 || says.trim() === '3') {
			waiting.push(node);
			continue;
		}
		const same = olds[at]?.node ?? null;
		const between = olds.slice(from, at).map(each => each.node);
		bringStretch(old, between, waiting, same, arrived);
		waiting = [];
		from = at + 1;
	}
	const rest = olds.slice(from).map(each => each.node);
	bringStretch(old, rest, waiting, null, arrived);
}

/** Brings `old` to `next` and answers what is new to the eye: rows that came, sentences and states that changed. */
export function morph(old: Element, next: Element): readonly Element[] {
	const arrived: Element[] = [];
	bringNode(old, next, arrived);
	return arrived;
}
