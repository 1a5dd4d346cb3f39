import { clauses, data, findings } from "./data.js";
import { addressOf } from "./clauses.js";
import { button, el, plural } from "./elements.js";
import { active, change, clear, current, matching, onChange } from "./filter.js";
import { GRAVITY, MEANINGS, sign } from "./words.js";

// What stands below the headline: what is broken, how far to trust it; and the bar that filters.

const MOST_CAUSES = 6;
const LONGEST_CAUSE = 160;

/** What is broken, a line a cause, each leading to its first finding; and gates that do not hold. */
export function causes() {
  const { findings: groups, gates } = data;
  const shown = groups.slice(0, groups.length > MOST_CAUSES ? MOST_CAUSES - 1 : MOST_CAUSES);
  const left = groups.length - shown.length;
  const rest = left > 0 && el("li", {}, el("a", { href: "#findings" }, `and ${plural(left, "more cause")}`));
  return [
    groups.length > 0 && el("ol", { class: "causes", "aria-label": "What is broken" }, shown.map(causeOf), rest),
    ...gates.map((line) => el("p", { class: "alarm" }, line)),
  ].filter(Boolean);
}

function causeOf({ title, clauses: numbers }) {
  const some = numbers.map((number) => clauses[number]);
  const { verdict } = some[0];
  const where = [...new Set(some.map(({ operation }) => operation))].filter((operation) => !title.includes(operation));
  const places = where.length > 1 ? plural(where.length, "operation") : where[0];
  const counted = some.length > 1 ? plural(some.length, "clause") : null;
  return el(
    "li",
    { class: verdict },
    sign(verdict),
    el("a", { href: addressOf(some[0]) }, title.length > LONGEST_CAUSE ? `${title.slice(0, LONGEST_CAUSE)}…` : title),
    " ",
    el("span", { class: "quiet" }, [places, counted].filter(Boolean).join(", ")),
  );
}

/** What is said of the run at a glance, to follow the headline. */
export function glance() {
  return el(
    "dl",
    { class: "glance" },
    data.share && el("div", { class: "wide" }, el("dt", {}, "Judged"), el("dd", {}, meter(), data.share)),
    data.glance.map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, text))),
  );
}

function meter() {
  const { judged, asked } = data.judged ?? {};
  return asked ? el("meter", { min: 0, max: asked, value: judged, "aria-hidden": "true" }) : null;
}

/** The bar of verdicts and words; its counts follow the filter. */
export function filterBar(step) {
  const there = new Set(clauses.map((clause) => clause.verdict));
  const chips = GRAVITY.filter((verdict) => there.has(verdict)).map((verdict) => chip(verdict));
  const field = el("input", { id: "text", type: "search", autocomplete: "off", spellcheck: "false", placeholder: "operation, field, file …" });
  field.addEventListener("input", () => change({ text: field.value }));
  const shown = el("output", { for: "text", "aria-live": "polite" });
  const chosen = button({ class: "chosen" }, () => change({ operation: null, column: null, level: null }));
  const clearing = button({ class: "clear" }, () => { clear(); field.focus(); }, "Clear");
  const form = el(
    "form",
    { class: "filter", role: "search", "aria-label": "Filter clauses" },
    el("div", { class: "chips", role: "group", "aria-label": "Verdicts" }, chips.map((one) => one.element)),
    el("div", { class: "search" }, el("label", { for: "text" }, "Filter"), field, chosen, clearing, shown),
    findings.length > 1 && stepper(step),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  const update = () => {
    const { text, operation, column, level } = current();
    const places = [operation, column, level].filter((place) => place !== null);
    for (const one of chips) one.update();
    if (field.value !== text) field.value = text;
    clearing.hidden = !active();
    chosen.hidden = !places.length;
    chosen.replaceChildren(el("span", {}, places.join(" · ")), " ", el("span", { "aria-hidden": "true" }, "✕"));
    chosen.setAttribute("aria-label", `Show more than ${places.join(", ")}`);
    const count = matching().length;
    shown.textContent = active() ? `${count.toLocaleString("en")} of ${plural(clauses.length, "clause")}` : "";
  };
  onChange(update);
  update();
  return form;
}

function chip(verdict) {
  const number = el("b");
  const element = button(
    { class: `chip ${verdict}`, "data-verdict": verdict, title: MEANINGS[verdict] },
    () => toggle(verdict),
    sign(verdict),
    number,
    ` ${verdict}`,
  );
  const all = clauses.filter((clause) => clause.verdict === verdict);
  const update = () => {
    // Of the other conditions: what one would see if this verdict were chosen too.
    number.textContent = matching(all, { verdicts: [] }).length.toLocaleString("en");
    element.setAttribute("aria-pressed", String(current().verdicts.includes(verdict)));
    element.classList.toggle("none", number.textContent === "0");
  };
  return { element, update };
}

function toggle(verdict) {
  const { verdicts } = current();
  change({ verdicts: verdicts.includes(verdict) ? verdicts.filter((one) => one !== verdict) : [...verdicts, verdict] });
}

function stepper(step) {
  const place = el("output", { id: "place", "aria-live": "polite" });
  return el(
    "div",
    { class: "stepper", role: "group", "aria-label": "Findings one by one" },
    button({ "aria-keyshortcuts": "k", "aria-label": "Previous finding", title: "Previous finding (k)" }, () => step(-1), "‹"),
    place,
    button({ "aria-keyshortcuts": "j", "aria-label": "Next finding", title: "Next finding (j)" }, () => step(1), "›"),
  );
}

