/** Text inside SVG, made safe: plain, short, and escaped for elements and attributes alike. */
import {plainText} from './plain-text.ts';

const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};

export const svgText = (text: string): string => plainText(text, 500).replaceAll(/[&<>"']/g, character => entities[character] ?? '');
