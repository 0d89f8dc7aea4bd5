/** The answer when the service gives none: what the configuration says, except that a rollback is never held. An event waits on disk. */
import type {Instant} from '../../gate/facts.ts';
import {exitCodeOf, type Finding, type VerdictWord} from '../../gate/verdict.ts';
import type {EventKind, NewEvent} from '../../reports/events.ts';
import type {CheckMode, CheckResult} from './contract.ts';

export type Away = {
	readonly mode: CheckMode;
	/** The batch takes something back: known by its content, or said. */
	readonly rollbackByContent: boolean;
	/** Why there is no answer, as a clause: `no connection to gate:8420`. */
	readonly why: string;
	/** The service took the question and was silent: `unreachable: go` does not cover that. */
	readonly alive: boolean;
	readonly unreachable: 'hold' | 'go';
	/** Where `unreachable` is written, or could be. */
	readonly configFile: string;
	readonly waitedMs: number;
};

export type Asked = {
	readonly service: string;
	readonly stage: string;
	readonly at: Instant;
	readonly host: string;
	readonly actor: string;
	readonly reason: string | null;
	readonly idempotencyKey: string;
	readonly targets: readonly object[];
};

type Answer = {readonly verdict: VerdictWord; readonly kind: EventKind; readonly because: string; readonly remedy: string | null};

function answerOf({mode, rollbackByContent, why, alive, unreachable, configFile, waitedMs}: Away): Answer {
	const seconds = Math.round(waitedMs / 1000);
	const silence = alive ? `no answer within ${seconds} s` : `the service is out of reach: ${why}`;
	if (mode === 'force') return {verdict: 'go', kind: 'gate_overridden', because: `forced; ${silence}`, remedy: null};
	if (mode === 'rollback') return {verdict: 'go', kind: 'rollback_started', because: `a rollback is never held; ${silence}`, remedy: null};
	if (rollbackByContent) {
		return {verdict: 'go', kind: 'rollback_started', because: `this takes a deploy back, which is never held; ${silence}`, remedy: null};
	}
	if (alive) return {verdict: 'blind', kind: 'gate_no_data', because: silence, remedy: 'ask again; signalbox doctor says what is slow'};
	if (unreachable === 'go') {
		return {
			verdict: 'go',
			kind: 'gate_no_data',
			because: `nothing was judged: ${silence}; the configuration says «unreachable: go»`,
			remedy: null,
		};
	}
	// A hook's command line cannot be changed at night, and `signalbox allow` needs the service; the file can be written.
	const remedy = `bring the service back and ask again; without it «unreachable: go» in ${configFile} lets all pass, --force --reason TEXT this one`;
	return {verdict: 'blind', kind: 'gate_no_data', because: silence, remedy};
}

/** The answer, and the event that tells of it once the service is back. */
export function answerAlone(away: Away, asked: Asked): {result: CheckResult; event: NewEvent} {
	const {verdict, kind, because, remedy} = answerOf(away);
	const finding: Finding = {rule: 'service', outcome: verdict === 'go' ? 'warn' : 'unknown', because, evidence: [], remedy};
	const {service, stage, at, host, actor, reason, idempotencyKey, targets} = asked;
	const event: NewEvent = {
		kind,
		source: 'deployer',
		actor: {kind: 'person', name: actor},
		happenedAt: at,
		precision: 'ms',
		text: `${stage} of ${service} on ${host} was answered ${verdict} without the service: ${because}`,
		data: {
			stage,
			host,
			mode: away.mode,
			reason,
			verdict,
			exit: exitCodeOf[verdict],
			by: away.rollbackByContent ? 'content' : 'said',
			alive: away.alive,
			targets,
		},
		service,
		deploy: null,
		attempt: null,
		incident: null,
		// Not the question's own key: the service may have stored that question after all.
		idempotencyKey: `${idempotencyKey}-alone`,
	};
	return {result: {verdict, deploy: null, attempt: null, stage, at, findings: [finding], url: null, exit: exitCodeOf[verdict]}, event};
}
