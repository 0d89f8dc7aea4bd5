/** What is still owed for taking deploys back, as the board says it: one line an incident. */
import type {ActionItem} from '../reports/meeting-items.ts';
import type {BoardInput} from '../templates/board-page.ts';
import type {Stores} from './actions/deps.ts';

const shownMax = 2;

const lineOf = (incident: string, items: readonly ActionItem[]): BoardInput['owed'][number] => {
	const texts = items.slice(0, shownMax).map(({text}) => `${text.charAt(0).toLowerCase()}${text.slice(1)}`);
	const more = items.length > shownMax ? `; and ${items.length - shownMax} more` : '';
	return {
		text: `Owed: ${items.length} from ${incident}: ${texts.join('; ')}${more}`,
		href: `/incidents/${incident}#items`,
		since: items.map(({changedAt}) => changedAt).sort()[0] ?? '',
	};
};

/** Open debts by incident, the oldest first. */
export async function openDebts({actionItems}: Stores): Promise<BoardInput['owed']> {
	const byIncident = new Map<string, ActionItem[]>();
	for (const item of await actionItems.list({from: 'rollback', statuses: ['proposed', 'agreed', 'open']}))
		byIncident.set(item.incident, [...(byIncident.get(item.incident) ?? []), item]);
	return [...byIncident].map(([incident, items]) => lineOf(incident, items)).sort((a, b) => (a.since < b.since ? -1 : 1));
}
