import { clauses, operations } from "./data.js";
import { button, el, plural, svg } from "./elements.js";
import { change, current, matching, onChange } from "./filter.js";
import { COLUMNS, columnText, formAt, sign, tally } from "./words.js";

// The contract at a glance: a row an operation, a column a part, a square a clause.

const UNIT = 7;
// Larger cells draw one square for several clauses.
const MOST_SQUARES = 400;
// Rows that are there at once; there is a button for the rest.
const MOST_ROWS = 15;
const SHORT = { violated: 0, lenient: 1, strict: 2 };

const cells = new Map();
for (const clause of clauses) {
  if (!cells.has(clause.operation)) cells.set(clause.operation, new Map());
  const row = cells.get(clause.operation);
  if (!row.has(clause.column)) row.set(clause.column, []);
  row.get(clause.column).push(clause);
}
const columns = COLUMNS.filter((column) => clauses.some((clause) => clause.column === column));
const largest = Math.max(1, ...[...cells.values()].flatMap((row) => [...row.values()].map((some) => some.length)));
const perSquare = Math.ceil(largest / MOST_SQUARES);

/** The map as a section. */
export function mapSection() {
  const rows = gravestFirst().map((operation) => rowOf(operation));
  const body = el("tbody", { role: "rowgroup" }, rows.slice(0, MOST_ROWS).map((make) => make()));
  const grid = el(
    "table",
    { class: "map", role: "grid", "aria-label": "Clauses by operation and part; arrow keys move" },
    el(
      "thead",
      { role: "rowgroup" },
      el("tr", { role: "row" }, el("th", { role: "columnheader" }, "Operation"), columns.map((column) => el("th", { role: "columnheader", scope: "col" }, column))),
    ),
    body,
  );
  grid.addEventListener("keydown", (event) => move(grid, event));
  grid.querySelector("tbody button")?.setAttribute("tabindex", "0");
  const rest = rows.length - MOST_ROWS;
  const more = button({ class: "more" }, () => {
    body.append(...rows.slice(MOST_ROWS).map((make) => make()));
    more.remove();
    follow(grid);
  }, `Show ${plural(rest, "more operation")}`);
  onChange(() => follow(grid));
  return el(
    "section",
    { "aria-labelledby": "map" },
    el("h2", { id: "map" }, "Map of the contract"),
    el("p", { class: "legend quiet" }, legend()),
    grid,
    rest > 0 && more,
  );
}

function legend() {
  const unit = perSquare > 1 ? `One square stands for up to ${perSquare} clauses. ` : "One square is one clause. ";
  return [`${unit}Numbers are what deviates, else how many are judged of all.`, tally(clauses).map(([verdict]) => [el("span", { class: `count ${verdict}` }, sign(verdict), verdict), " "])];
}

/** The operations that break most of their contract come first, where there are too many to see. */
function gravestFirst() {
  if (operations.length <= MOST_ROWS) return operations;
  const graveness = new Map(operations.map((operation) => [operation, 0]));
  for (const clause of clauses) {
    if (clause.state === "finding") graveness.set(clause.operation, graveness.get(clause.operation) + 1);
  }
  return [...operations].sort((one, other) => graveness.get(other) - graveness.get(one));
}

function rowOf(operation) {
  return () => {
    const row = cells.get(operation);
    const all = [...row.values()].flat();
    return el(
      "tr",
      { role: "row" },
      el("th", { role: "rowheader", scope: "row" }, cell(operation, null, all)),
      columns.map((column) => {
        const some = row.get(column);
        return el("td", { role: "gridcell", "data-column": column }, some && cell(operation, column, some));
      }),
    );
  };
}

// By cell, what draws it anew.
const draws = new WeakMap();

/** A cell: of the row of an operation (`column` is null), or of one of its parts. */
function cell(operation, column, some) {
  const made = button(
    { class: "cell", tabindex: "-1", "aria-pressed": "false", "data-operation": operation, "data-part": column },
    () => choose(operation, column),
  );
  let drawn = null;
  const draw = () => {
    // The map shows where to look: what is chosen in it takes nothing away from it.
    const shown = matching(some, { operation: null, column: null });
    if (drawn?.length === shown.length && drawn.every((clause, number) => clause === shown[number])) return;
    drawn = shown;
    const words = tally(shown).map(([verdict, count]) => `${count} ${verdict}`).join(", ") || "nothing";
    const of = shown.length < some.length ? ` (of ${plural(some.length, "clause")})` : "";
    const label = `${operation}${column ? `, ${columnText(column)}` : ""}: ${words}${of}`;
    made.setAttribute("aria-label", label);
    made.title = label;
    made.classList.toggle("none", !shown.length);
    made.replaceChildren(column ? squares(some, shown) : el("span", { class: "name" }, operation), counted(shown));
  };
  draws.set(made, draw);
  draw();
  return made;
}

/** How many findings there are, beside the squares: as text, for who sees no colours. */
function counted(some) {
  if (!some.length) return el("span", { class: "number" }, "–");
  const found = tally(some.filter((clause) => clause.state === "finding"));
  const shown = found.filter(([verdict]) => verdict in SHORT);
  const judged = some.filter((clause) => clause.verdict !== "unexercised" && clause.verdict !== "inconclusive").length;
  if (shown.length) {
    return el("span", { class: "number" }, shown.map(([verdict, count]) => el("span", { class: verdict }, sign(verdict), count)));
  }
  return el("span", { class: "number" }, judged === some.length ? `${some.length}` : `${judged}/${some.length}`);
}

/** A square a clause, by verdict; those that are not shown keep their places, as shades. */
function squares(some, shown) {
  const left = new Map(tally(shown));
  const counts = tally(some).flatMap(([verdict, count]) => {
    const all = Math.ceil(count / perSquare);
    const there = Math.ceil((left.get(verdict) ?? 0) / perSquare);
    return [[verdict, there], [`${verdict} other`, all - there]];
  }).filter(([, count]) => count);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const across = Math.max(1, Math.ceil(Math.sqrt(total * 1.6)));
  const down = Math.ceil(total / across);
  let place = 0;
  const paths = counts.map(([kind, count]) => {
    const verdict = kind.split(" ")[0];
    let drawn = "";
    for (const end = place + count; place < end; place += 1) {
      drawn += formAt(verdict, (place % across) * UNIT, Math.floor(place / across) * UNIT);
    }
    return svg("path", { class: kind, d: drawn, "fill-rule": "evenodd" });
  });
  const size = { width: across * UNIT, height: down * UNIT };
  return svg("svg", { ...size, viewBox: `0 0 ${size.width} ${size.height}`, "aria-hidden": "true" }, paths);
}

function choose(operation, column) {
  const again = current().operation === operation && current().column === column;
  change(again ? { operation: null, column: null } : { operation, column });
}

/** Show what of the map is chosen, and which of its clauses the filter shows. */
function follow(grid) {
  const filter = current();
  for (const one of grid.querySelectorAll(".cell")) {
    draws.get(one)();
    const { operation, part = null } = one.dataset;
    const chosen = filter.operation === operation && filter.column === part;
    one.setAttribute("aria-pressed", String(chosen));
  }
}

/** Arrow keys move from cell to cell, over the empty ones; only one is in the order of tabs. */
function move(grid, event) {
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const here = event.target.closest(".cell");
  if (!here) return;
  const rows = [...grid.querySelectorAll("tbody tr")].map((row) => [...row.children].map((one) => one.querySelector(".cell")));
  const top = rows.findIndex((row) => row.includes(here));
  const left = rows[top].indexOf(here);
  let next = null;
  if (event.key === "Home") next = rows[top].find(Boolean);
  else if (event.key === "End") next = rows[top].findLast(Boolean);
  else if (event.key in steps) {
    const [down, right] = steps[event.key];
    for (let y = top + down, x = left + right; rows[y] && x >= 0 && x < rows[y].length; y += down, x += right) {
      if ((next = rows[y][x])) break;
    }
  } else return;
  event.preventDefault();
  if (!next) return;
  here.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
