import { clauseById, data } from "./data.js";
import { change, clear, current, onChange } from "./filter.js";
import { showFinding } from "./findings.js";
import { showClause, showExchange } from "./sections.js";
import { showLine } from "./source.js";

// The fragment of the address: a filter (#verdict=violated,lenient&text=status), or the id of a
// clause, an exchange or a section. What it names must be seen: filter and folds give way.

const FILTER = /^(verdict|text|operation|part|level)=/;

/** Show what the address names. */
export function follow() {
  const fragment = location.hash.slice(1);
  if (FILTER.test(fragment)) {
    const wanted = new URLSearchParams(fragment.replaceAll("+", "%2B"));
    change({
      verdicts: (wanted.get("verdict") ?? "").split(",").filter((verdict) => data.verdicts.includes(verdict)),
      text: wanted.get("text") ?? "",
      operation: wanted.get("operation"),
      column: wanted.get("part"),
      level: wanted.get("level"),
    });
    return;
  }
  try {
    show(decodeURIComponent(fragment));
  } catch (error) {
    // A fragment that cannot be decoded names nothing here.
    if (!(error instanceof URIError)) throw error;
  }
}

function show(id) {
  const exchange = /^exchange-(\d+)$/.exec(id);
  if (exchange) {
    showExchange(Number(exchange[1]));
    return;
  }
  if (id.startsWith("line-of:") && showLine(clauseById.get(id.slice(8)))) return;
  const clause = clauseById.get(id);
  if (!clause) return;
  const shown = () => showFinding(clause) || showClause(clause);
  if (!shown()) {
    clear();
    shown();
  }
}

/** Keep the filter in the address, so that it can be sent to somebody. */
export function remember() {
  const { verdicts, text, operation, column, level } = current();
  const parts = [
    verdicts.length && `verdict=${verdicts.join(",")}`,
    text && `text=${encodeURIComponent(text)}`,
    operation !== null && `operation=${encodeURIComponent(operation)}`,
    column !== null && `part=${encodeURIComponent(column)}`,
    level !== null && `level=${encodeURIComponent(level)}`,
  ].filter(Boolean);
  history.replaceState(null, "", parts.length ? `#${parts.join("&")}` : "#");
}

/** Follow the address from now on, and write the filter into it. */
export function watchAddress() {
  onChange(remember);
  addEventListener("hashchange", follow);
}
