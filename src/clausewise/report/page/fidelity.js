import { data } from "./data.js";
import { button, el, plural, svg } from "./elements.js";
import { change, current, onChange } from "./filter.js";

// How far the target can stand for the real thing: a grade, one sentence, and ten levels.

/** The fidelity as a section, or null where the report has none. */
export function fidelitySection() {
  const { fidelity } = data;
  if (!fidelity) return null;
  const { grade, words, kind, levels } = fidelity;
  return el(
    "section",
    { class: "fidelity", "aria-labelledby": "fidelity" },
    el("h2", { id: "fidelity" }, "Fidelity ", el("span", { class: "grade" }, grade ?? "–")),
    el("p", {}, `${words[0].toUpperCase()}${words.slice(1)}.`),
    kind && el("p", { class: "quiet" }, kind),
    el("table", { class: "levels" }, levels.map(rowOf)),
  );
}

function rowOf({ level, kept, judged, all, percent }) {
  const words = `${kept} of ${plural(judged, "judged promise")} kept`;
  return el(
    "tr",
    { class: level, title: judged < all ? `${words}; ${all - judged} more were not judged` : words },
    el("th", { scope: "row" }, chooser(level)),
    el("td", {}, bar(kept, judged, all)),
    el("td", { class: "number" }, percent === null ? "" : `${percent} %`),
    el("td", { class: "number quiet" }, judged ? `${kept} of ${judged}` : "not judged", judged > 0 && judged < all && ` (${all})`),
  );
}

/** A level's name, as a button that shows its clauses alone; or all of them again. */
function chooser(level) {
  const chosen = () => current().level === level;
  const choose = button({ "aria-pressed": "false" }, () => change({ level: chosen() ? null : level }), level);
  onChange(() => choose.setAttribute("aria-pressed", String(chosen())));
  return choose;
}

/** What was kept, what was not, and what nobody knows, as parts of all there is. */
function bar(kept, judged, all) {
  const width = (count) => (all ? (100 * count) / all : 0);
  const part = (name, from, count) =>
    count > 0 && svg("rect", { class: name, x: width(from), width: Math.max(1.5, width(count)), height: 8 });
  return svg(
    "svg",
    { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "all", width: 100, height: 8 }),
    part("kept", 0, kept),
    part("broken", kept, judged - kept),
  );
}
