/** Copying: a button beside each command, and a short hash that is whole on the clipboard. */

const saidMs = 2000;

/** Without a secure address the browser has no clipboard for scripts; then the text is selected, for the person's own keys. */
async function copy(text: string, shown: Element): Promise<string> {
	try {
		await navigator.clipboard.writeText(text);
		return 'Copied';
	} catch {
		// Refused or not there: selecting is what is left.
		getSelection()?.selectAllChildren(shown);
		return 'Selected';
	}
}

async function copyCommand(button: HTMLElement): Promise<void> {
	const code = button.closest('.command')?.querySelector('code');
	if (code === null || code === undefined) return;
	const word = button.textContent ?? '';
	button.textContent = await copy(code.textContent ?? '', code);
	window.setTimeout(() => {
		button.textContent = word;
	}, saidMs);
}

document.addEventListener('click', ({target}) => {
	const button = target instanceof Element ? target.closest<HTMLElement>('[data-copies]') : null;
	if (button !== null) void copyCommand(button);
});

document.addEventListener('copy', event => {
	const selection = getSelection();
	const anchor = selection?.anchorNode ?? null;
	const near = (anchor instanceof Element ? anchor : anchor?.parentElement)?.closest('[data-whole]');
	const whole = near?.getAttribute('data-whole') ?? null;
	// Only where nothing but the short form is selected: a paragraph is copied as it stands.
	if (whole === null || selection?.toString().trim() !== near?.textContent?.trim()) return;
	event.clipboardData?.setData('text/plain', whole);
	event.preventDefault();
});

export {};
