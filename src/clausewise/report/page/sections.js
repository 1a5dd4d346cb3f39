import { clauses, data, operations } from "./data.js";
import { breakable, el, plural } from "./elements.js";
import { outcomeOf, rowOf } from "./clauses.js";
import { current, matching, onChange } from "./filter.js";
import { fold, inPortions, unfold } from "./folds.js";
import { messages } from "./messages.js";
import { COLUMNS, columnText, countsOf } from "./words.js";

// What is looked up rather than read: every clause, what was not judged, exchanges, the run itself.

const MOST_OPERATIONS = 10;

const ofOperation = new Map(operations.map((operation) => [operation, []]));
for (const clause of clauses) ofOperation.get(clause.operation).push(clause);
let clauseRow = () => null;
let exchangeRow = () => null;

/** A section with a heading. */
function section(id, title, ...children) {
  return el("section", { "aria-labelledby": id }, el("h2", { id }, title), children);
}

/** Every clause, by operation and part. */
export function clausesSection() {
  const holder = el("div");
  const update = () => {
    const shown = operations.map((operation) => matching(ofOperation.get(operation))).filter((some) => some.length);
    const folds = [];
    const list = el("div", { class: "groups" });
    holder.replaceChildren(list);
    const show = inPortions(list, shown, (some) => {
      folds.push(operationFold(some[0].operation, some));
      return folds.at(-1).details;
    }, MOST_OPERATIONS);
    const foldOf = (operation) => {
      const place = shown.findIndex((some) => some[0].operation === operation);
      if (place >= 0) show(place);
      return folds[place];
    };
    clauseRow = (clause) => foldOf(clause.operation)?.find(clause);
    const chosen = current().operation !== null && foldOf(current().operation);
    if (chosen) unfold(chosen.details);
  };
  onChange(update);
  update();
  return section("clauses", ["All clauses ", el("small", {}, clauses.length.toLocaleString("en"))], holder);
}

function operationFold(operation, some) {
  const parts = new Map();
  for (const column of COLUMNS) {
    const those = some.filter((clause) => clause.column === column);
    if (those.length) parts.set(column, partFold(column, those, some.length <= 30));
  }
  const details = fold(
    [el("span", {}, el("h3", {}, operation), " ", el("small", {}, plural(some.length, "clause"))), countsOf(some)],
    (inside) => inside.append(...[...parts.values()].map((part) => part.details)),
    { class: "group" },
  );
  const find = (clause) => {
    unfold(details);
    return parts.get(clause.column)?.find(clause);
  };
  return { details, find };
}

function partFold(column, some, open) {
  let row = null;
  const details = fold(
    [el("h4", {}, columnText(column)), " ", countsOf(some)],
    (inside) => {
      const list = el("ul", { class: "rows" });
      inside.append(list);
      row = inPortions(list, some, (clause) => rowOf(clause));
    },
    { class: "part" },
  );
  if (open) details.open = true;
  const find = (clause) => {
    unfold(details);
    return row(some.indexOf(clause));
  };
  return { details, find };
}

/** Why what was asked was not judged, or null where all was. */
export function unjudgedSection() {
  const { unread, reasons } = data;
  if (!unread.length && !reasons.length) return null;
  const rows = [...unread.map((line) => ["all", line]), ...reasons];
  return section(
    "unjudged",
    "Asked and not judged",
    el("table", { class: "plain" }, el("tbody", {}, rows.map(([count, reason]) => el("tr", {}, el("td", { class: "number" }, count), el("td", {}, reason))))),
  );
}

/** What replies had and the contract does not name, and other notes; null where there is nothing. */
export function notesSection() {
  const { undocumented, notes, unneeded } = data;
  if (!undocumented.length && !notes.length && !unneeded.length) return null;
  const members = undocumented.map(({ pointer, operation, part, seen }) =>
    el("tr", {}, el("td", {}, el("code", {}, pointer)), el("td", {}, `${operation} ${part}`), el("td", { class: "number" }, seen)),
  );
  return section(
    "notes",
    "Worth knowing",
    notes.length > 0 &&
      el("ul", {}, notes.map(({ kind, operations: some, count, exchange }) =>
        el("li", {}, `${kind}: ${plural(count, "time")} in ${some.join(", ")}, first in `, el("a", { href: `#exchange-${exchange}` }, `exchange ${exchange}`)),
      )),
    unneeded.length > 0 &&
      el("ul", {}, unneeded.map((line) => el("li", {}, `a waiver excuses nothing: ${line}`))),
    members.length > 0 &&
      fold([`${plural(members.length, "member")} of replies that the contract does not name`], (inside) => {
        inside.append(el("table", { class: "plain" }, el("tbody", {}, members)));
      }),
  );
}

/** Every exchange on record, or null where there is none. */
export function exchangesSection() {
  const { exchanges } = data;
  if (!exchanges.length) return null;
  let row = null;
  const details = fold(["Show the list"], (inside) => {
    const list = el("ul", { class: "rows exchanges" });
    inside.append(list);
    row = inPortions(list, exchanges, exchangeFold, 100);
  });
  exchangeRow = (id) => {
    const place = exchanges.findIndex((exchange) => exchange.id === id);
    if (place < 0) return null;
    unfold(details);
    return row(place);
  };
  return section("exchanges", ["Exchanges on record ", el("small", {}, exchanges.length.toLocaleString("en"))], details);
}

function exchangeFold(exchange) {
  const { id, method, url, status, failure } = exchange;
  const summary = [
    el("b", { class: "number" }, id),
    el("span", { class: "what" },
      el("code", {}, `${method} `, breakable(url.replace(/^[a-z]+:\/\/[^/]*/, "")), ` → ${status ?? "no reply"}`),
      el("span", { class: "message" }, `${exchange.case || exchange.operation} (${outcomeOf(exchange)})${failure ? `: ${failure}` : ""}`)),
  ];
  return el("li", {}, fold(summary, (inside) => inside.append(...[messages(exchange)].flat(2).filter(Boolean)), { class: "exchange" }));
}

/** How the run went, and how ids were found. */
export function runSection() {
  const links = data.links.map(({ name, from, state }) => `${name}: ${from.operation} ${from.expression} (${state})`);
  return section(
    "run",
    "Run",
    el("dl", { class: "facts" }, data.facts.map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, text))),
      links.length > 0 && el("div", {}, el("dt", {}, "Links"), el("dd", {}, links.map((line) => el("p", {}, line)))),
    ),
    data.leftOver.length > 0 &&
      fold([`${plural(data.leftOver.length, "thing")} left behind at the target`], (inside) => {
        const list = el("ul", { class: "rows" });
        inside.append(list);
        inPortions(list, data.leftOver, (thing) => el("li", {}, el("code", {}, thing)));
      }),
  );
}

/** Show a clause in the list of all, unfolded; false where it is not shown. */
export function showClause(clause) {
  return reveal(clauseRow(clause));
}

/** Show an exchange, unfolded; false where it is not on record. */
export function showExchange(id) {
  return reveal(exchangeRow(id));
}

function reveal(row) {
  if (!row) return false;
  const details = row.querySelector("details");
  unfold(details);
  details.querySelector("summary").focus({ preventScroll: true });
  details.scrollIntoView({ block: "start" });
  return true;
}
