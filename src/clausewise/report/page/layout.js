// Lay out a message body for reading, and find the place a clause speaks of.
//
// The text is split into tokens and indented; no token is changed. Parsing and writing it anew would
// hide what a contract tester looks for: 60.0 beside 60, a member given twice, a cut-off end.

const TOKEN = /[{}[\],:]|"(?:[^"\\]|\\.)*"?|[^\s{}[\],:"]+/gs;
const LITERAL = /^(?:"|[-+\w.]+$)/;
const CLOSERS = { "{": "}", "[": "]" };
const DEEPEST_INDENT = 40;
const LONGEST_LINE = 1_000;
const MOST_LINES = 120;
const AROUND_A_MARK = 12;
const MOST_MARKS = 5;

/**
 * The lines of a body, `{text, marked, note}`, those at `pointer` marked.
 *
 * JSON objects and arrays are indented, anything else keeps its own lines. `*` in the pointer stands
 * for any item or key; where it leads to several places, only those that hold one of `values` (as
 * JSON texts) are marked. With `missing`, objects that lack the pointer's last member say so. The
 * lines are bounded in number and length: the beginning, and what is around the marks.
 */
export function laidOut(text, pointer = null, { values = [], missing = false } = {}) {
  const lines = (text.trimStart()[0] in CLOSERS && jsonLines(text, pointer, values, missing)) || plainLines(text);
  return windowed(lines).map(shortened);
}

/** The segments of a JSON Pointer; none for the whole message: to mark all of it marks nothing. */
export function segments(pointer) {
  if (!pointer) return null;
  return pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function plainLines(text) {
  return text.split("\n").map((line) => ({ text: line, marked: false, note: "" }));
}

/** The lines of a JSON text, or null where it is none. A text that ends early goes as far as it does. */
function jsonLines(text, pointer, values, missing) {
  const wanted = segments(pointer);
  const lines = [""];
  const stack = [];
  let places = [];
  const lacking = [];
  let valueMayCome = true;

  const append = (piece) => (lines[lines.length - 1] += piece);
  const breakLine = () => lines.push("  ".repeat(Math.min(stack.length, DEEPEST_INDENT)));
  const at = (path) =>
    path.length === stack.length &&
    path.every((segment, depth) => segment === "*" || segment === String(stack[depth].key));
  const beginItem = () => {
    const container = stack.at(-1);
    if (container?.empty) {
      container.empty = false;
      breakLine();
    }
  };

  const open = (opener) => {
    beginItem();
    append(opener);
    stack.push({ opener, line: lines.length - 1, key: opener === "[" ? 0 : null, members: new Set(), empty: true });
  };
  const close = (closer) => {
    if (CLOSERS[stack.at(-1)?.opener] !== closer) return false;
    const container = stack.pop();
    if (!container.empty) breakLine();
    append(closer);
    if (wanted === null) return true;
    if (at(wanted)) places.push({ from: container.line, to: lines.length - 1, token: container.opener });
    const lacks = container.opener === "{" && !container.members.has(wanted.at(-1));
    if (lacks && at(wanted.slice(0, -1))) lacking.push(container.line);
    return true;
  };
  const comma = () => {
    const container = stack.at(-1);
    if (!container || container.empty) return false;
    container.key = typeof container.key === "number" ? container.key + 1 : null;
    append(",");
    breakLine();
    return true;
  };
  const scalar = (token) => {
    const container = stack.at(-1);
    if (!LITERAL.test(token)) return false;
    if (container.key === null && !token.startsWith('"')) return false;
    const isName = container.key === null;
    beginItem();
    append(token);
    if (isName) {
      container.key = unquoted(token);
      container.members.add(container.key);
    } else if (wanted !== null && at(wanted)) {
      places.push({ from: lines.length - 1, to: lines.length - 1, token });
    }
    return true;
  };

  for (const [piece] of text.matchAll(TOKEN)) {
    let fits = true;
    if (piece === ",") fits = comma();
    else if (piece === ":") append(": ");
    else if (piece === "}" || piece === "]") fits = close(piece);
    else if (!valueMayCome || !(stack.length || piece in CLOSERS)) fits = false;
    else if (piece in CLOSERS) open(piece);
    else fits = scalar(piece);
    if (!fits) return null;
    valueMayCome = "{[,:".includes(piece);
  }

  if (values.length && places.length > 1) {
    const held = new Set(values.map(normal));
    const holding = places.filter(({ token }) => held.has(normal(token)));
    if (holding.length) places = holding;
  }
  const shown = lines.map((line) => ({ text: line, marked: false, note: "" }));
  for (const { from, to } of places) {
    for (let number = from; number <= to; number += 1) shown[number].marked = true;
  }
  if (missing && wanted) {
    for (const number of lacking) {
      Object.assign(shown[number], { marked: true, note: `${JSON.stringify(wanted.at(-1))} is missing here` });
    }
  }
  return shown;
}

/** A JSON text in one spelling; what is none is itself. */
function normal(token) {
  try {
    return JSON.stringify(JSON.parse(token));
  } catch {
    return token;
  }
}

function unquoted(token) {
  try {
    return JSON.parse(token);
  } catch {
    return token.replace(/^"|"$/g, "");
  }
}

function shortened(line) {
  if (line.text.length <= LONGEST_LINE) return line;
  const cut = `${line.text.length - LONGEST_LINE} more characters`;
  const note = line.note ? `${line.note}; ${cut}` : cut;
  return { ...line, text: `${line.text.slice(0, LONGEST_LINE)}…`, note };
}

/** As many lines as a reader takes: the first ones and those around marks. */
function windowed(lines) {
  if (lines.length <= MOST_LINES) return lines;
  const marks = lines.flatMap((line, number) => (line.marked && !lines[number - 1]?.marked ? [number] : []));
  const wanted = new Set(Array(marks.length ? Math.floor(MOST_LINES / 3) : MOST_LINES).keys());
  for (const mark of marks.slice(0, MOST_MARKS)) {
    for (let number = mark - AROUND_A_MARK; number <= mark + AROUND_A_MARK; number += 1) wanted.add(number);
  }
  const shown = [];
  let skipped = 0;
  const tellSkipped = () => {
    if (skipped) shown.push({ text: "", marked: false, note: `${skipped} lines left out` });
    skipped = 0;
  };
  lines.forEach((line, number) => {
    if (!wanted.has(number)) {
      skipped += 1;
      return;
    }
    tellSkipped();
    shown.push(line);
  });
  tellSkipped();
  return shown;
}
