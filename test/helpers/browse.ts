/** A browser without a window: it keeps its cookie, reads pages, and posts their forms as a person would who has no script. */

export type Page = {readonly status: number; readonly html: string; readonly location: string | null; readonly bytes: number};

export type Browser = {
	open(path: string): Promise<Page>;
	/** Posts to the form of that address on the page that was opened last, with its hidden fields; `typed` goes over them. A list ticks boxes. */
	submit(action: string, typed: Readonly<Record<string, string | readonly string[]>>): Promise<Page>;
};

const unescaped = (text: string): string =>
	text
		.replaceAll('&#x3D;', '=')
		.replaceAll('&quot;', '"')
		.replaceAll('&#x27;', "'")
		.replaceAll('&lt;', '<')
		.replaceAll('&gt;', '>')
		.replaceAll('&amp;', '&');

function hiddenFields(html: string, action: string): Record<string, string> {
	const form = [...html.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].find(([, to = '']) => unescaped(to) === action);
	if (form === undefined) throw new Error(`the page has no form to ${action}`);
	const hidden = [...(form[2] ?? '').matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
	return Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, unescaped(value)]));
}

export function browse(url: string): Browser {
	let cookie = '';
	let shown = '';
	const read = async (response: Response): Promise<Page> => {
		const [set] = response.headers.getSetCookie();
		if (set !== undefined) cookie = set.split(';')[0] ?? '';
		const html = await response.text();
		// A browser that is led on keeps its page until the next one comes.
		if (response.status < 300 || response.status >= 400) shown = html;
		return {status: response.status, html, location: response.headers.get('location'), bytes: Buffer.byteLength(html)};
	};
	return {
		open: async path => read(await fetch(`${url}${path}`, {headers: {accept: 'text/html', cookie}, redirect: 'manual'})),
		submit: async (action, typed) => {
			const fields = Object.entries({...hiddenFields(shown, action), ...typed});
			const body = new URLSearchParams(fields.flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])));
			return read(await fetch(`${url}${action}`, {method: 'POST', headers: {accept: 'text/html', cookie}, body, redirect: 'manual'}));
		},
	};
}
