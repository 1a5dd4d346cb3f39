import { clauses, data, findings } from "./data.js";
import { el, plural } from "./elements.js";
import { addressOf, rowOf } from "./clauses.js";
import { matching, onChange } from "./filter.js";
import { fold, inPortions, unfold } from "./folds.js";
import { countsOf } from "./words.js";

// What deviates, folded by the causes behind it. Of the findings one is shown at a time.

// Causes that are there at once; there is a button for more.
const MOST_GROUPS = 20;

let shownGroups = [];
let groupOf = () => null;
let steppedTo = null;
let unfolded = null;

/** The findings as a section. */
export function findingsSection() {
  const number = el("small");
  const holder = el("div");
  const update = () => {
    const shown = matching(findings);
    number.textContent = shown.length === findings.length ? `${shown.length}` : `${shown.length} of ${findings.length}`;
    shownGroups = shownOf(data.findings);
    groupOf = listed(holder, shownGroups);
    const none = el("p", { class: "quiet" }, findings.length ? "None of those that are shown." : "None.");
    if (!shownGroups.length) holder.replaceChildren(none);
    tellPlace();
  };
  onChange(update);
  update();
  return el("section", { "aria-labelledby": "findings" }, el("h2", { id: "findings" }, "Findings ", number), holder);
}

/** Of groups, what the filter leaves. */
function shownOf(groups) {
  return groups
    .map((group) => ({ ...group, clauses: matching(group.clauses.map((place) => clauses[place])) }))
    .filter((group) => group.clauses.length);
}

/** List groups in a holder. Returns a function that gives the rows of one: `find(place)`. */
function listed(holder, groups) {
  const finders = [];
  const list = el("div", { class: "groups" });
  holder.replaceChildren(list);
  const show = inPortions(list, groups, (group) => {
    const { element, find } = shownAs(group);
    finders.push(find);
    return element;
  }, MOST_GROUPS);
  return (number) => {
    show(number);
    return finders[number];
  };
}

/** A group's element, and `find(place)`, the row of one of its clauses. */
function shownAs({ clauses: some, title, said }) {
  if (some.length === 1) {
    const row = rowOf(some[0], said);
    return { element: el("ul", { class: "rows single" }, row), find: () => row };
  }
  let place = null;
  const list = el("ul", { class: "rows" });
  const details = fold(
    [
      el("span", {}, el("h3", {}, title), " ", el("small", {}, plural(some.length, "clause"))),
      countsOf(some),
      said && el("q", { class: "said" }, said),
    ],
    (inside) => {
      inside.append(list);
      place = inPortions(list, some, (clause) => rowOf(clause));
    },
    { class: "group" },
  );
  const find = (number) => {
    unfold(details);
    return place(number);
  };
  return { element: details, find };
}

/** What tests on the target get wrong, as a section; null where there is nothing. */
export function consequencesSection() {
  const { consequences } = data;
  if (!consequences.length) return null;
  const rows = consequences.map(({ kind, sentence, clause, exchange }) => {
    const links = [
      el("a", { href: addressOf(clauses[clause]) }, "clause"),
      exchange !== null && [", ", el("a", { href: `#exchange-${exchange}` }, `exchange ${exchange}`)],
    ];
    return el("tr", {}, el("th", { scope: "row" }, kind), el("td", {}, sentence, " ", el("span", { class: "quiet" }, links)));
  });
  return el(
    "section",
    { "aria-labelledby": "consequences" },
    el("h2", { id: "consequences" }, "What tests on this target get wrong"),
    el("table", { class: "plain" }, el("tbody", {}, rows)),
  );
}

/** Deviations that fail no run, as sections: the warnings, and what somebody accepted. */
export function otherDeviations() {
  const warn = "They do not fail the run: what documents rarely say, or what this run was told not to fail on.";
  const accept = "They do not fail the run: somebody waived them, or the baseline had them.";
  return [
    deviations("warnings", "Warnings", warn, data.warnings),
    deviations("accepted", "Accepted deviations", accept, data.accepted),
  ];
}

function deviations(id, title, means, groups) {
  if (!groups.length) return null;
  const number = el("small");
  const holder = el("div");
  const section = el(
    "section",
    { "aria-labelledby": id },
    el("h2", { id }, title, " ", number),
    el("p", { class: "quiet" }, means),
    holder,
  );
  const update = () => {
    const shown = shownOf(groups);
    number.textContent = String(shown.flatMap((group) => group.clauses).length);
    section.hidden = !shown.length;
    listed(holder, shown);
  };
  onChange(update);
  update();
  return section;
}

/** Show a finding, unfolded; false where the filter hides it, or it is none. */
export function showFinding(clause, { focus = true } = {}) {
  const place = shownGroups.findIndex((one) => one.clauses.includes(clause));
  if (place < 0) return false;
  const row = groupOf(place)(shownGroups[place].clauses.indexOf(clause));
  const details = row.querySelector("details");
  unfold(details);
  [steppedTo, unfolded] = [clause, details];
  tellPlace();
  if (focus) {
    details.querySelector("summary").focus({ preventScroll: true });
    details.scrollIntoView({ block: "start" });
  }
  return true;
}

/** Go to the next finding that is shown (1), or the one before (-1); the last one is folded again. */
export function step(by) {
  const shown = shownGroups.flatMap((group) => group.clauses);
  if (!shown.length) return;
  const from = shown.indexOf(steppedTo);
  const next = from < 0 ? (by > 0 ? 0 : shown.length - 1) : (from + by + shown.length) % shown.length;
  if (unfolded) unfolded.open = false;
  showFinding(shown[next]);
}

function tellPlace() {
  const place = document.getElementById("place");
  if (!place) return;
  const shown = shownGroups.flatMap((group) => group.clauses);
  const at = shown.indexOf(steppedTo);
  place.textContent = at < 0 ? `${shown.length}` : `${at + 1} of ${shown.length}`;
}
