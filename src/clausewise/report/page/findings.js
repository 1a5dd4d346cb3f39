import { clauses, data, findings } from "./data.js";
import { el, plural } from "./elements.js";
import { rowOf } from "./clauses.js";
import { matching, onChange } from "./filter.js";
import { fold, inPortions, unfold } from "./folds.js";
import { countsOf } from "./words.js";

// What deviates, folded by the causes behind it. Of the findings one is shown at a time.

// Of the groups that are shown: the clauses of each, and a function that gives the row of one.
let shownGroups = [];
let steppedTo = null;
let unfolded = null;

/** The findings as a section. */
export function findingsSection() {
  const number = el("small");
  const list = el("div", { class: "groups" });
  const update = () => {
    const shown = matching(findings);
    number.textContent = shown.length === findings.length ? `${shown.length}` : `${shown.length} of ${findings.length}`;
    shownGroups = shownOf(data.findings);
    const none = el("p", { class: "quiet" }, findings.length ? "None of those that are shown." : "None.");
    list.replaceChildren(...(shownGroups.length ? shownGroups.map((group) => group.element) : [none]));
    tellPlace();
  };
  onChange(update);
  update();
  return el("section", { "aria-labelledby": "findings" }, el("h2", { id: "findings" }, "Findings ", number), list);
}

/** Of groups, what the filter leaves, with their elements. */
function shownOf(groups) {
  return groups
    .map((group) => ({ ...group, clauses: matching(group.clauses.map((place) => clauses[place])) }))
    .filter((group) => group.clauses.length)
    .map((group) => ({ ...group, ...element(group) }));
}

/** A group's element, and `rowOf(place)`: the row of one of its clauses. */
function element(group) {
  const { clauses: some, title, said } = group;
  if (some.length === 1) {
    const row = rowOf(some[0]);
    return { element: el("ul", { class: "rows single" }, row), rowOf: () => row };
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
      place = inPortions(list, some, rowOf);
    },
    { class: "group" },
  );
  const find = (number) => {
    unfold(details);
    return place(number);
  };
  return { element: details, rowOf: find };
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
  const list = el("div", { class: "groups" });
  const section = el(
    "section",
    { "aria-labelledby": id },
    el("h2", { id }, title, " ", number),
    el("p", { class: "quiet" }, means),
    list,
  );
  const update = () => {
    const shown = shownOf(groups);
    number.textContent = String(shown.flatMap((group) => group.clauses).length);
    section.hidden = !shown.length;
    list.replaceChildren(...shown.map((group) => group.element));
  };
  onChange(update);
  update();
  return section;
}

/** Show a finding, unfolded; false where the filter hides it, or it is none. */
export function showFinding(clause, { focus = true } = {}) {
  const group = shownGroups.find((one) => one.clauses.includes(clause));
  if (!group) return false;
  const row = group.rowOf(group.clauses.indexOf(clause));
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
