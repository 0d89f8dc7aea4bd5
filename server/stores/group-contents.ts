/** What a version that a group runs, ran or would run holds: changes, and paths that rules ask about, as clients looked them up. */
import type {Knex} from 'knex';
import type {Instant, LandedChange} from '../../gate/facts.ts';
import {sha256} from '../canonical.ts';

type Row = {
	service: string;
	group_name: string;
	version: string;
	kind: string;
	content_key: string;
	body: string;
	present: number;
	at: string;
};

export type HeldPath = {readonly repository: string; readonly path: string};
type Content = {readonly kind: 'change'; readonly change: LandedChange} | {readonly kind: 'path'; readonly path: HeldPath};
/** One look: whether a version of a group holds something. */
export type GroupContent = Content & {readonly group: string; readonly version: string; readonly present: boolean};
/** The same of everything that has one `key`: the change on all its branches, or the path. */
export type KeptContent = GroupContent & {readonly key: string};

const rowsMax = 20_000;
const rowsAtOnce = 80;

/** A change is itself on every branch, by its Change-Id; else by its commit. */
const keyOf = (content: Content): string =>
	content.kind === 'path'
		? sha256(`path\n${content.path.repository}\n${content.path.path}`)
		: sha256(`change\n${content.change.repository}\n${content.change.changeId?.toLowerCase() ?? content.change.sha ?? ''}`);

export const groupContentStore = (sql: Knex) => ({
	/** The newest look counts. */
	async keep(service: string, contents: readonly GroupContent[], at: Instant): Promise<void> {
		const rows = new Map<string, Row>();
		for (const content of contents) {
			const {group, version, present} = content;
			const key = keyOf(content);
			const row = {
				...{service, group_name: group, version, kind: content.kind, content_key: key},
				...{body: JSON.stringify(content.kind === 'path' ? content.path : content.change), present: present ? 1 : 0, at},
			};
			const place = `${group}\n${version}\n${key}`;
			// Of several copies of a change, one that is there is enough.
			if (rows.get(place)?.present !== 1) rows.set(place, row);
		}
		const all = [...rows.values()];
		for (let index = 0; index < all.length; index += rowsAtOnce)
			await sql('group_contents')
				.insert(all.slice(index, index + rowsAtOnce))
				.onConflict(['service', 'group_name', 'version', 'content_key'])
				.merge();
	},
	/** Of one service, the newest first. */
	async of(service: string): Promise<KeptContent[]> {
		const rows = await sql<Row>('group_contents').where({service}).orderBy('at', 'desc').orderBy('content_key').limit(rowsMax);
		return rows.map(({group_name, version, kind, content_key, body, present}) => {
			const about = {group: group_name, version, present: present === 1, key: content_key};
			return kind === 'path'
				? {...about, kind: 'path' as const, path: JSON.parse(body) as HeldPath}
				: {...about, kind: 'change' as const, change: JSON.parse(body) as LandedChange};
		});
	},
});
