/** Times stand in UTC; whoever points at one, or reaches it by keyboard, is told their own. */

const words = new Intl.DateTimeFormat('en-GB', {
	...{day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit'},
	timeZoneName: 'short',
});

function timesOf(target: EventTarget | null): readonly HTMLTimeElement[] {
	if (!(target instanceof Element)) return [];
	const inside = target.closest<HTMLTimeElement>('time[datetime]');
	return inside === null ? (target.matches('a, button, summary') ? [...target.querySelectorAll('time')] : []) : [inside];
}

function tell({target}: Event): void {
	for (const time of timesOf(target)) {
		const at = new Date(time.dateTime);
		if (!Number.isNaN(at.getTime())) time.title = `${words.format(at)}, your time`;
	}
}

function forget({target}: Event): void {
	for (const time of timesOf(target)) time.removeAttribute('title');
}

for (const name of ['mouseover', 'focusin']) document.addEventListener(name, tell);
for (const name of ['mouseout', 'focusout']) document.addEventListener(name, forget);

export {};
