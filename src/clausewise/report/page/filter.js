import { clauses } from "./data.js";

// Which clauses are shown: one state for all sections, and who wants to know of its changes.

const EMPTY = { verdicts: [], text: "", operation: null, column: null, level: null };
const listeners = [];

let filter = EMPTY;

/** The present filter: `{verdicts, text, operation, column, level}`. */
export function current() {
  return filter;
}

const haystacks = new Map();

function haystack(clause) {
  if (!haystacks.has(clause.number)) {
    const file = clause.source ? `${clause.source[0]}:${clause.source[1]}` : "";
    const words = [clause.id, clause.promise, clause.message, clause.documented ?? "", file, ...clause.values];
    haystacks.set(clause.number, words.join("\n").toLowerCase());
  }
  return haystacks.get(clause.number);
}

/** Whether a clause is shown; with some of the filter otherwise, as `instead` has it. */
function matches(clause, instead) {
  const { verdicts, text, operation, column, level } = { ...filter, ...instead };
  if (verdicts.length && !verdicts.includes(clause.verdict)) return false;
  if (operation !== null && clause.operation !== operation) return false;
  if (column !== null && clause.column !== column) return false;
  if (level !== null && clause.level !== level) return false;
  if (!text) return true;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => haystack(clause).includes(word));
}

/** The clauses that are shown; with some of the filter otherwise, as `instead` has it. */
export function matching(some = clauses, instead = {}) {
  return active() ? some.filter((clause) => matches(clause, instead)) : some;
}

/** Whether anything is filtered at all. */
export function active() {
  const { verdicts, text, ...places } = filter;
  return Boolean(verdicts.length || text || Object.values(places).some((place) => place !== null));
}

/** Change some of the filter and tell everybody. */
export function change(some) {
  filter = { ...filter, ...some };
  for (const listener of listeners) listener();
}

/** Show everything again. */
export function clear() {
  change(EMPTY);
}

/** Be told of every change. */
export function onChange(listener) {
  listeners.push(listener);
}
