/** Draws the ratios as shares of what is wanted, so that one line shows what is reached: SVG that any browser opens. */

import type { Ratio } from './ratios.ts';
import { wantedText } from './report.ts';
import { type ScenarioName, scenarios } from './scenarios.ts';

const row = { height: 30, bar: 16 };
const left = 330;
const plot = 420;
const right = 150;
const top = 46;
/** Of what is wanted; longer bars are cut. */
const shareMax = 1.5;

interface Bar {
  readonly label: string;
  /** 1 is what is wanted; more is better, whichever way the ratio counts. */
  readonly share: number;
  readonly min: number;
  readonly max: number;
  readonly text: string;
  readonly isReached: boolean;
}

/** Ratios that nothing is wanted of are not drawn. */
export function chartOf(ratios: Readonly<Partial<Record<ScenarioName, Ratio>>>): string {
  const bars = (Object.entries(ratios) as [ScenarioName, Ratio][]).flatMap((entry) => barOf(...entry));
  const bottom = top + bars.length * row.height;
  const [width, height] = [left + plot + right, bottom + 20];
  const line = x(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">
<title>Ratios to their references, as shares of what is wanted</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${line}" y="20" text-anchor="middle" fill="#444">wanted, at least</text>
${bars.map((bar, at) => drawn(bar, top + at * row.height)).join('\n')}
<line x1="${line}" y1="${top - 18}" x2="${line}" y2="${bottom}" stroke="#222" stroke-width="1.5" stroke-dasharray="5 3"/>
</svg>
`;
}

function barOf(name: ScenarioName, ratio: Ratio): Bar[] {
  const { wanted, median, min, max } = ratio;
  if (wanted === undefined) return [];
  const shareOf = (value: number) => ('atLeast' in wanted ? value / wanted.atLeast : wanted.atMost / value);
  const ends = [shareOf(min), shareOf(max)].toSorted((a, b) => a - b) as [number, number];
  const { title, reference } = scenarios[name];
  return [
    {
      label: `${title} : ${reference}`,
      share: shareOf(median),
      min: ends[0],
      max: ends[1],
      text: `${ratio.isNoisy ? '~' : ''}${median.toFixed(2)} (${wantedText(wanted)})`,
      isReached: ratio.isReached === true,
    },
  ];
}

function drawn({ label, share, min, max, text, isReached }: Bar, y: number): string {
  const middle = y + row.height / 2;
  const colour = isReached ? '#2e7d4f' : '#b5562f';
  return `<g>
<text x="${left - 10}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>
<rect x="${left}" y="${middle - row.bar / 2}" width="${x(share) - left}" height="${row.bar}" fill="${colour}"/>
<line x1="${x(min)}" y1="${middle}" x2="${x(max)}" y2="${middle}" stroke="#222"/>
<text x="${left + plot + 10}" y="${middle + 4}" fill="${colour}">${escaped(text)}</text>
</g>`;
}

function x(share: number): number {
  return Math.round(left + (Math.min(share, shareMax) / shareMax) * plot);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
