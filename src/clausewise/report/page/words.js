import { el, svg } from "./elements.js";

// The words for what is shown: verdicts with their signs, columns of the map, counts.

/** Gravest first: the order of groups, of squares in the map, of counts. */
export const GRAVITY = ["violated", "lenient", "strict", "inconclusive", "unexercised", "upheld"];

/** What each verdict says, and what follows from it. */
export const MEANINGS = {
  violated: "A reply broke this promise. Code that relies on it will fail.",
  lenient:
    "A request that breaks this promise, and no other, was accepted. Who tests against this target does not learn that such a request is wrong.",
  strict: "A request that keeps the contract was refused because of this. Who sends what is documented is turned away.",
  inconclusive: "There is evidence, but it cannot be put down to this promise alone.",
  unexercised: "Nothing in this run could show whether it is kept.",
  upheld: "It was put to the test, and kept.",
};

// In a box of six by six; each verdict has a form of its own, for who sees no colours.
const FORMS = {
  violated: "M1 0L3 2L5 0L6 1L4 3L6 5L5 6L3 4L1 6L0 5L2 3L0 1Z",
  lenient: "M3 0L6 3L3 6L0 3Z",
  strict: "M3 0L6 6L0 6Z",
  inconclusive: "M0 0L6 0L6 6L0 6ZM2 2L2 4L4 4L4 2Z",
  unexercised: "M2 2L4 2L4 4L2 4Z",
  upheld: "M0.5 0.5L5.5 0.5L5.5 5.5L0.5 5.5Z",
};

/** The path of a verdict's form, moved to a place. */
export function formAt(verdict, x, y) {
  return FORMS[verdict].replace(
    /([ML])([\d.]+) ([\d.]+)/g,
    (_, command, left, top) => `${command}${x + Number(left)} ${y + Number(top)}`,
  );
}

/** The sign of a verdict, to stand beside its word. */
export function sign(verdict) {
  return svg(
    "svg",
    { class: "sign", viewBox: "0 0 6 6", "aria-hidden": "true" },
    svg("path", { d: FORMS[verdict], "fill-rule": "evenodd" }),
  );
}

/** A verdict as a word with its sign. */
export function badge(clause) {
  const { verdict, waived } = clause;
  return el("span", { class: `badge ${verdict}${waived ? " waived" : ""}` }, sign(verdict), verdict);
}

/** The columns of the map, in the order in which a message is read. */
export const COLUMNS = [
  "path", "query", "header", "cookie", "body", "auth", "status",
  "2xx", "3xx", "4xx", "5xx", "default", "rules",
];

/** The column that a part of a message belongs to. */
export function columnOf(part) {
  const name = part.split(/[(:]/)[0];
  if (/^[1-5]/.test(name)) return `${name[0]}xx`;
  if (name === "request") return "body";
  if (name === "rule") return "rules";
  return COLUMNS.includes(name) ? name : "status";
}

/** A column in words. */
export function columnText(column) {
  const side = /xx$|default/.test(column) ? "replies" : "requests";
  if (["auth", "status", "rules"].includes(column)) return column;
  return side === "replies" ? `${column} replies` : `request ${column}`;
}

/** How many of these clauses have each verdict, gravest first, without those that none has. */
export function tally(some) {
  const counts = new Map(GRAVITY.map((verdict) => [verdict, 0]));
  for (const clause of some) counts.set(clause.verdict, counts.get(clause.verdict) + 1);
  return [...counts].filter(([, count]) => count);
}

/** The counts of a tally as words with signs. */
export function countsOf(some) {
  return el(
    "span",
    { class: "counts" },
    tally(some).map(([verdict, count]) => [
      el("span", { class: `count ${verdict}` }, sign(verdict), `${count.toLocaleString("en")} ${verdict}`),
      " ",
    ]),
  );
}
