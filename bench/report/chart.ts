import { type Bar, type Group, groupBars } from './chart-groups.js';
import type { Section } from './table.js';

const WIDTH = 760;
const LABEL = 190;
const BAR = 20;
const GAP = 5;
const HEAD = 32;
const FOOT = 14;

/** Room for a number and its p99 behind the longest bar. */
const NUMBERS = 190;

/** Draws what people ask about as bars, one group below the other, in an SVG that reads on light and dark pages. */
export function drawChart(sections: readonly Section[]): string {
  let top = 6;
  const groups = groupBars(sections).map((group) => {
    const drawn = drawGroup(group, top);
    top += HEAD + group.bars.length * (BAR + GAP) + FOOT;
    return drawn;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img">
<title>Throughput and latency, measured side by side</title>
<style>
  text { font: 13px system-ui, sans-serif; fill: #57606a }
  .title { font-weight: 600; fill: #24292f }
  .own { fill: #0969da } .other { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #9da7b1 } .title { fill: #e6edf3 }
    .own { fill: #4493f8 } .other { fill: #6e7681 }
  }
</style>
${groups.join('\n')}
</svg>
`;
}

function drawGroup({ title, unit, bars }: Group, top: number): string {
  const most = Math.max(...bars.map(({ perSecond }) => perSecond));
  const drawn = bars.map(({ name, perSecond, p99, isOwn }, index) => {
    const y = top + HEAD + index * (BAR + GAP);
    const width = Math.max(1, (perSecond / most) * (WIDTH - LABEL - NUMBERS));
    return `<text x="${LABEL - 8}" y="${y + 15}" text-anchor="end">${toXml(name)}</text>
<rect class="${isOwn ? 'own' : 'other'}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>
<text x="${(LABEL + width + 6).toFixed(1)}" y="${y + 15}">${describe({ perSecond, p99 })}</text>`;
  });
  return `<text class="title" x="0" y="${top + 20}">${toXml(title)}, ${unit}</text>\n${drawn.join('\n')}`;
}

function describe({ perSecond, p99 }: Pick<Bar, 'perSecond' | 'p99'>): string {
  const number = Math.round(perSecond).toLocaleString('en');
  return p99 === undefined ? number : `${number}, p99 ${p99.toFixed(p99 < 10 ? 1 : 0)} ms`;
}

function toXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
