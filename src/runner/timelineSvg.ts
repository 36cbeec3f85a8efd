/** The drawing over time as a picture: the same lanes as in text, for a page or a slide. Plain SVG, no fonts, no scripts. */
import type { Lane, Timeline } from "../grader/types.ts";
import { seconds as sayTime } from "./timeInWords.ts";
import { tickStep } from "./timelineText.ts";
import { withoutControls } from "./textWidth.ts";

const width = 960;
const laneHeight = 26;
const top = 44;
const left = 190;
const right = 24;
const colours = ["#9ecae9", "#72a98f", "#c4b28a", "#4c78a8", "#d3a6c8", "#b0b0b0"];
const good = "#2e7d32";
const bad = "#c62828";

/** `title` is what a reader of the page is told. */
export function timelineSvg(timeline: Timeline, title: string): string {
  const scale = (t: number) =>
    left + (Math.min(Math.max(t, 0), timeline.seconds) / Math.max(timeline.seconds, 1)) * (width - left - right);
  const height = top + timeline.lanes.length * laneHeight + 36;
  // The same state has the same colour wherever it stands.
  const states = [...new Set(timeline.lanes.flatMap(({ spans }) => spans.map(({ label }) => label)))];
  const colourOf = (label: string) => colours[states.indexOf(label) % colours.length]!;
  const lanes = timeline.lanes.map((lane, i) => laneSvg(lane, top + i * laneHeight, scale, colourOf));
  const step = tickStep(timeline.seconds, 10);
  const ticks: string[] = [];
  for (let t = 0; t <= timeline.seconds; t += step) {
    const x = round(scale(t));
    const y = top + timeline.lanes.length * laneHeight;
    ticks.push(
      `<line x1="${x}" y1="${top - 6}" x2="${x}" y2="${y}" stroke="#8888" stroke-width="0.5"/>`,
      `<text x="${x}" y="${y + 18}" text-anchor="middle" class="small">${sayTime(t)}</text>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
<title id="title">${escaped(title)}</title>
<style>text{font:13px sans-serif;fill:#222}.small{font-size:11px;fill:#666}.head{font-weight:bold}</style>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="12" y="24" class="head">${escaped(title)}</text>
${ticks.join("\n")}
${lanes.join("\n")}
</svg>
`;
}

function laneSvg(
  { label, passed, windows, spans, marks }: Lane,
  y: number,
  scale: (t: number) => number,
  colourOf: (label: string) => string,
): string {
  const middle = y + laneHeight / 2;
  const paint = passed === undefined ? "#222" : passed ? good : bad;
  const parts = [
    `<text x="12" y="${middle + 4}" style="fill:${paint}">${escaped(shortened(label, 26))}</text>`,
    ...windows.map(
      ({ from, to, mode }) =>
        `<rect x="${round(scale(from))}" y="${y + 1}" width="${span(scale, from, to)}" height="${laneHeight - 2}" fill="none" stroke="${mode === "never" ? bad : good}" stroke-dasharray="4 3"><title>expected ${mode === "never" ? "never" : mode === "every" ? "all the time" : "at some time"} from ${sayTime(from)} to ${sayTime(to)}</title></rect>`,
    ),
    ...spans.map(({ from, to, label: state, fits }) => {
      const fill = fits === undefined ? colourOf(state) : fits ? good : bad;
      const room = Number(span(scale, from, to));
      const text =
        room > state.length * 7 + 8
          ? `<text x="${round(scale(from)) + 4}" y="${middle + 4}" class="small" style="fill:#000">${escaped(state)}</text>`
          : "";
      return `<g><rect x="${round(scale(from))}" y="${y + 5}" width="${room}" height="${laneHeight - 10}" fill="${fill}" fill-opacity="0.55"/><title>${escaped(`${state}, from ${sayTime(from)} to ${sayTime(to)}`)}</title>${text}</g>`;
    }),
    ...marks.map(
      ({ t, label: what, fits }) =>
        `<circle cx="${round(scale(t))}" cy="${middle}" r="4" fill="${fits ? good : bad}"><title>${escaped(`${what || label} at ${sayTime(t)}`)}</title></circle>`,
    ),
  ];
  return parts.join("\n");
}

function span(scale: (t: number) => number, from: number, to: number): string {
  return String(round(Math.max(1, scale(to) - scale(from))));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function escaped(text: string): string {
  return withoutControls(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
