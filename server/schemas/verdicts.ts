/** Findings and verdicts as the API answers them. */
import {z} from 'zod';
import type {Finding, Verdict} from '../../gate/verdict.ts';
import {answering, instant} from './parts.ts';

const text = z.string();
const outcome = z.enum(['pass', 'warn', 'unknown', 'hold', 'rollback']);

export const finding = answering<Finding>()(
	z
		.strictObject({
			rule: text,
			outcome,
			because: text.describe('One sentence: what is the case.'),
			evidence: z.array(z.strictObject({label: text, text})),
			remedy: text.nullable().describe('The command or step that mends it.'),
			undecided: z.exactOptional(z.literal(true).describe('More looks may still decide it.')),
			softened: z.exactOptional(z.strictObject({from: outcome, why: text}).describe('What it was before it was softened to a warning.')),
			data: z.exactOptional(z.record(text, z.unknown()).describe('The finding for machines; its shape depends on the rule.')),
		})
		.describe('What one rule says of the facts.'),
);

export const verdict = answering<Verdict>()(
	z
		.strictObject({
			verdict: z.enum(['go', 'blind', 'hold', 'rollback']),
			stage: text,
			at: instant,
			findings: z.array(finding).describe('Worst first.'),
			undecided: z.boolean().describe('At least one finding could still be decided by another look.'),
		})
		.describe('The worst finding, with all findings.'),
);
