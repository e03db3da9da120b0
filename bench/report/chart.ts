import type { Section } from './table.js';

const WIDTH = 760;
const LABEL = 170;
const BAR = 22;
const GAP = 6;
const HEAD = 34;
const FOOT = 18;

/** Draws sections as bars, one group below the other, in an SVG that reads on light and dark pages. */
export function drawChart(sections: readonly Section[]): string {
  let top = 10;
  const groups = sections.map((section) => {
    const group = drawGroup(section, top);
    top += HEAD + Object.keys(section.rows).length * (BAR + GAP) + FOOT;
    return group;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img">
<title>Throughput compared, measured side by side</title>
<style>
  text { font: 13px system-ui, sans-serif; fill: #57606a }
  .title { font-weight: 600 }
  .own { fill: #0969da } .other { fill: #8c959f }
</style>
${groups.join('\n')}
</svg>
`;
}

function drawGroup({ title, unit, rows }: Section, top: number): string {
  const most = Math.max(...Object.values(rows).map(({ perSecond = 0 }) => perSecond));
  const bars = Object.entries(rows).map(([name, { perSecond = 0 }], index) => {
    const y = top + HEAD + index * (BAR + GAP);
    const width = Math.max(1, (perSecond / most) * (WIDTH - LABEL - 90));
    const kind = name.startsWith('this') ? 'own' : 'other';
    return `<text x="${LABEL - 8}" y="${y + 16}" text-anchor="end">${toXml(name)}</text>
<rect class="${kind}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>
<text x="${(LABEL + width + 6).toFixed(1)}" y="${y + 16}">${Math.round(perSecond).toLocaleString('en')}</text>`;
  });
  return `<text class="title" x="0" y="${top + 20}">${toXml(title)}, ${unit}</text>\n${bars.join('\n')}`;
}

function toXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
