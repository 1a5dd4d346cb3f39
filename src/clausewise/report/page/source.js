import { breakable, el, plural } from "./elements.js";
import { clauses, data } from "./data.js";
import { rowOf } from "./clauses.js";
import { fold, inPortions, unfold } from "./folds.js";
import { countsOf, sign, tally } from "./words.js";

// The contract's own text, each line with the verdicts on what it promises, as coverage reports do.

const PORTION = 200;
// Where a line holds several promises: what deviates, else that some were kept.
const TOLD_FIRST = ["violated", "lenient", "strict", "upheld"];

const byFile = new Map(data.sources.map(({ file }) => [file, []]));
for (const clause of clauses) {
  if (clause.source) byFile.get(clause.source[0])?.push(clause);
}
const shown = new Map();
let placeOf = () => null;

/** The documents as a section, or null where the report has none. */
export function sourceSection() {
  if (!data.sources.length) return null;
  const list = el("div", { class: "groups" });
  const section = el(
    "section",
    { "aria-labelledby": "source" },
    el("h2", { id: "source" }, "The contract, line by line"),
    el("p", { class: "quiet" }, "A line with a sign holds promises; it unfolds to them."),
    list,
  );
  const row = inPortions(list, data.sources, fileFold, 10);
  placeOf = (file) => row(data.sources.findIndex((source) => source.file === file));
  return section;
}

function fileFold({ file, lines, pieces }) {
  const some = byFile.get(file);
  const promises = promisesOf(pieces, some);
  let row = null;
  const details = fold(
    [el("span", {}, el("h3", {}, el("code", {}, breakable(file))), " ", el("small", {}, plural(lines, "line"))), countsOf(some)],
    (inside) => {
      const list = el("ol", { class: pieces.some(([, column]) => column > 1) ? "text parts" : "text" });
      inside.append(list);
      row = inPortions(list, pieces, (piece, place) => lineRow(piece, promises.get(piece), pieces[place - 1]), PORTION);
    },
    { class: "group" },
  );
  shown.set(file, (clause) => {
    unfold(details);
    const place = pieces.findIndex((piece) => promises.get(piece).includes(clause));
    return place < 0 ? null : row(place);
  });
  return details;
}

/** By piece, the clauses that are written in it: of a long line, the part that they begin in. */
function promisesOf(pieces, some) {
  const byPlace = new Map(pieces.map((piece) => [piece, []]));
  const byLine = new Map(pieces.map(([line]) => [line, []]));
  for (const piece of pieces) byLine.get(piece[0]).push(piece);
  for (const clause of some) {
    const [, line, column] = clause.source;
    const parts = byLine.get(line) ?? [];
    const part = parts.findLast(([, start]) => start <= (column ?? 1));
    if (part) byPlace.get(part).push(clause);
  }
  return byPlace;
}

function lineRow([line, column, text], promised, before) {
  const left = line - (before?.[0] ?? 0) - 1;
  const content = [
    el("span", { class: "at number" }, column > 1 ? `${line}:${column}` : line),
    el("code", {}, text || " "),
  ];
  const gap = left > 0 && el("div", { class: "gap quiet" }, `⋯ ${plural(left, "line")}`);
  if (!promised.length) return el("li", {}, gap, el("div", { class: "written" }, el("span", { class: "signs" }), content));
  const counted = tally(promised);
  const [verdict, count] = counted.find(([one]) => TOLD_FIRST.includes(one)) ?? counted[0];
  const words = counted.map(([one, number]) => `${number} ${one}`).join(", ");
  const signs = el("span", { class: "signs", role: "img", "aria-label": words, title: words }, sign(verdict), count);
  const details = fold(
    [signs, content],
    (inside) => inside.append(el("ul", { class: "rows" }, promised.map((clause) => rowOf(clause)))),
    { class: `written ${verdict}` },
  );
  return el("li", {}, gap, details);
}

/** Show the line that a clause is written in, unfolded; false where it is not there. */
export function showLine(clause) {
  if (!clause?.source || !byFile.has(clause.source[0])) return false;
  placeOf(clause.source[0]);
  const row = shown.get(clause.source[0])(clause);
  if (!row) return false;
  const details = row.querySelector("details");
  unfold(details);
  details.querySelector("summary").focus({ preventScroll: true });
  details.scrollIntoView({ block: "center" });
  return true;
}
