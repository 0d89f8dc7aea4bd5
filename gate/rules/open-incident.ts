import type {Facts, Incident} from '../facts.ts';
import {readFooters} from '../order/footers.ts';
import {plainText} from '../order/plain-text.ts';
import {nameOf} from '../order/wording.ts';
import {type RawFinding, rule} from '../rule.ts';

const shownMax = 20;

type Said = {readonly name: string; readonly fixes: ReadonlySet<string>; readonly reverts: boolean; readonly nearMiss: string | null};

/** What each change of the batch says of incidents. */
function readBatch({batch}: Facts): Said[] {
	return batch.changes.map(change => {
		const footers = readFooters(change.message ?? '');
		const near = footers.entries.find(({header}) => header === 'Fixes-Incident');
		return {
			name: nameOf(change),
			fixes: new Set(footers.fixesIncidents.map(id => id.toLowerCase())),
			reverts: footers.reverts.length > 0,
			nearMiss: near === undefined ? null : `${nameOf(change)}, line ${near.line}: ${near.text}`,
		};
	});
}

const clock = (instant: string): string => plainText(instant.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC'), 40);

function judge(incident: Incident, said: readonly Said[], service: string): RawFinding {
	const id = plainText(incident.id, 64);
	const fixing = said.filter(({fixes}) => fixes.has(incident.id.toLowerCase()));
	const data = {incident: incident.id, fixedBy: fixing.slice(0, shownMax).map(({name}) => name)};
	if (fixing.length > 0) {
		const riding = said.length - fixing.length;
		const because = `${id} is open, and ${fixing[0]?.name} says that it fixes it${riding === 0 ? '' : ` (${riding} more ride along)`}.`;
		return {
			outcome: 'pass',
			because,
			data,
			evidence: fixing.slice(0, shownMax).map(({name}) => ({label: name, text: `Fixes-Incident: ${id}`})),
		};
	}
	if (said.length > 0 && said.every(({reverts}) => reverts)) {
		return {outcome: 'pass', because: `${id} is open, and this batch only takes changes back.`, data};
	}
	const nearMisses = said.flatMap(({nearMiss}) => nearMiss ?? []).slice(0, shownMax);
	return {
		outcome: 'hold',
		because: `${id} is open since ${clock(incident.openedAt)}: ${plainText(incident.title, 200)}`,
		evidence: [
			...(incident.url === undefined ? [] : [{label: 'incident', text: plainText(incident.url, 300)}]),
			...nearMisses.map(text => ({label: 'near miss', text})),
		],
		remedy:
			`If this mends it, write "Fixes-Incident: ${id}" into the commit message; otherwise wait, or: ` +
			`signalbox allow --service ${plainText(service, 60)} --rule open-incident --for 30m --reason TEXT`,
		data,
	};
}

/** Holds a deploy while an incident is open, unless the batch mends it. One that is only suspected, or mitigated, never holds. */
export const openIncident = rule({
	name: 'open-incident',
	why: 'A deploy into a burning service hides which change lit the fire.',
	stages: 'every',
	precondition: true,
	limits: {},
	check: facts => {
		const open = facts.incidents.filter(({status}) => status === 'open');
		if (open.length === 0) {
			const quieter = facts.incidents.filter(({status}) => status === 'suspected' || status === 'mitigated');
			const beside = quieter.length === 0 ? '' : ` (${quieter.length} suspected or mitigated, which never hold)`;
			return [{outcome: 'pass', because: `no open incident${beside}`}];
		}
		const said = readBatch(facts);
		const findings = open.slice(0, shownMax).map(incident => judge(incident, said, facts.service));
		if (open.length > shownMax) findings.push({outcome: 'hold', because: `${open.length - shownMax} more incidents are open.`});
		return findings;
	},
});
