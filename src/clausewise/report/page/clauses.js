import { breakable, el, plural } from "./elements.js";
import { data, exchangeById } from "./data.js";
import { fold } from "./folds.js";
import { messages } from "./messages.js";
import { MEANINGS, badge } from "./words.js";

// One clause: a row that unfolds to what was promised, what was seen, and the exchange that shows it.

/** A folded row of a list, with the server's words; what else there is is made when it is unfolded. */
export function rowOf(clause, said = null) {
  const summary = [
    badge(clause),
    el(
      "span",
      { class: "what" },
      el("code", {}, breakable(clause.id)),
      el("span", { class: "message" }, clause.message || clause.promise),
      said && el("q", { class: "said" }, said),
    ),
  ];
  const details = fold(summary, (inside) => inside.append(...insideOf(clause)), { class: `told ${clause.verdict}` });
  return el("li", { "data-clause": clause.number }, details);
}

function insideOf(clause) {
  const exchange = exchangeById.get(clause.exchange);
  const facts = [
    ["Promised", [clause.promise, sourceOf(clause)]],
    ["Seen", clause.message],
    ["Value", clause.values.length ? clause.values.map((value) => [el("code", {}, value), " "]) : null],
    ...clause.notes.map((note) => ["Note", note]),
    ["Means", MEANINGS[clause.verdict]],
    ["Case", exchange && [exchange.case, " ", el("span", { class: "quiet" }, outcomeOf(exchange))]],
    ["Judged", [plural(clause.exercised, "time"), alsoIn(clause)]],
    ["Warns only", clause.softBecause],
    ["Waived", clause.waived && `until ${clause.waived.expires} by ${clause.waived.owner}: ${clause.waived.reason}`],
  ];
  return [
    el(
      "dl",
      { class: "facts" },
      facts
        .filter(([, value]) => value)
        .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
    ),
    ...(exchange ? [messages(exchange, clause)].flat() : []),
    el("p", { class: "quiet" }, el("a", { href: addressOf(clause) }, "Link to this clause")),
  ].filter(Boolean);
}

/** The fragment that leads to a clause. */
export function addressOf(clause) {
  return `#${encodeURIComponent(clause.id)}`;
}

/** The fragment that leads to the line in which a clause is written. */
export function lineAddress(clause) {
  return `#line-of:${encodeURIComponent(clause.id)}`;
}

/** What was expected of an exchange, and what came of it. */
export function outcomeOf({ expect, outcome }) {
  return `${expect === "either" ? "may be accepted or refused" : `to be ${expect}`}; outcome: ${outcome}`;
}

function sourceOf(clause) {
  const { source, documented } = clause;
  if (!source && !documented) return null;
  const place = source && source.filter(Boolean).join(":");
  const shown = source && data.sources.some(({ file }) => file === source[0]);
  const words = [shown ? el("a", { href: lineAddress(clause) }, place) : place, source && documented ? "; " : null, documented];
  return [" ", el("span", { class: "source" }, "(", words, ")")];
}

function alsoIn({ others }) {
  if (!others.length) return null;
  const links = others.map((id, number) => [number ? ", " : null, el("a", { href: `#exchange-${id}` }, id)]);
  return [`; evidence also in exchange${others.length > 1 ? "s" : ""} `, links];
}
