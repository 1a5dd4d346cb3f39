import { breakable, button, el, plural } from "./elements.js";
import { laidOut, segments } from "./layout.js";

// A request and its reply as they crossed the wire, with the place marked that a clause speaks of.

/** Where in an exchange a clause points: which message, which part of it, and what there. */
function placeOf(clause) {
  if (!clause) return {};
  const [name] = clause.part.split(/[(:]/);
  const reply = /^([1-5]|default|status$)/.test(name);
  const request = ["request", "query", "path", "header", "cookie", "auth"].includes(name);
  const place = { reply: reply || !request, pointer: clause.pointer, missing: clause.keyword === "required" };
  if (clause.keyword === "media-type") return { ...place, header: "content-type" };
  if (name === "auth") return { ...place, header: "authorization" };
  if (name === "cookie") return { ...place, header: "cookie" };
  if (name === "status") return { ...place, status: true };
  if (name === "header" || /:header$/.test(clause.part)) {
    return { ...place, header: segments(clause.pointer)?.[0]?.toLowerCase() };
  }
  return { ...place, url: ["query", "path"].includes(name) ? name : null, body: !["query", "path"].includes(name) };
}

function headersOf(pairs, wanted) {
  const marked = wanted === undefined ? [] : pairs.filter(([name]) => name.toLowerCase() === wanted);
  const list = pairs.map(([name, value]) => {
    const line = [el("b", {}, `${name}:`), " ", value];
    return el("li", {}, name.toLowerCase() === wanted ? el("mark", {}, line) : line);
  });
  if (wanted !== undefined && !marked.length) {
    list.push(el("li", {}, el("mark", {}, el("i", {}, `${wanted} is not here`))));
  }
  if (!list.length) return null;
  return el(
    "details",
    { class: "headers", open: wanted !== undefined },
    el("summary", {}, plural(pairs.length, "header")),
    el("ul", {}, list),
  );
}

function bodyOf(body, label, place) {
  if (!body) return el("p", { class: "quiet" }, "No body");
  const lines = laidOut(body.text, place.body ? place.pointer : null, place);
  const shown = lines.flatMap((line, number) => {
    const inside = [line.text, line.note ? el("i", {}, ` ⋯ ${line.note}`) : null];
    return [number ? "\n" : null, line.marked ? el("mark", {}, inside) : inside];
  });
  return [
    el("pre", { class: "body", tabindex: "0", role: "region", "aria-label": label }, el("code", {}, shown)),
    asides(body).map((text) => el("p", { class: "quiet" }, text)),
  ];
}

/** What is said of a body beside its text. */
function asides({ binary, cut, masked }) {
  const said = [];
  if (binary) said.push("no UTF-8: other bytes are spelt out");
  if (cut) said.push(`cut: ${cut[0]} of ${cut[1]} bytes are here`);
  if (masked.length) {
    const more = masked.length > 5 ? ` and ${masked.length - 5} more` : "";
    said.push(`masked: ${masked.slice(0, 5).map((pointer) => pointer || "the body").join(", ")}${more}`);
  }
  return said;
}

/** The URL, with the parameter or segment marked that the clause speaks of. */
function urlOf(url, place) {
  const found = place.url ? findInUrl(url, place) : null;
  if (!found) return breakable(url);
  if (!found.length) return [breakable(url), " ", el("mark", {}, el("i", {}, `${found.name} is not here`))];
  return [breakable(url.slice(0, found.at)), el("mark", {}, url.slice(found.at, found.at + found.length)), url.slice(found.at + found.length)];
}

function findInUrl(url, { url: part, pointer, missing, values }) {
  const name = segments(pointer)?.[0];
  if (!name) return null;
  const start = url.indexOf("?");
  if (part === "path") {
    const path = start < 0 ? url : url.slice(0, start);
    const texts = values.map((value) => value.replace(/^"|"$/g, ""));
    for (const segment of path.split("/").slice(3)) {
      if (texts.includes(decoded(segment))) return { at: path.lastIndexOf(segment), length: segment.length };
    }
    return null;
  }
  for (const match of url.slice(start + 1).matchAll(/[^&#]+/g)) {
    if (start < 0 || decoded(match[0].split("=")[0]).replace(/\[.*$/, "") !== name) continue;
    return { at: start + 1 + match.index, length: match[0].length };
  }
  return missing ? { name, length: 0 } : null;
}

function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function replyOf(exchange, place) {
  const reply = exchange.received;
  const status = exchange.status ?? "no status";
  return [
    el(
      "p",
      { class: "line" },
      place.status ? el("mark", {}, `${status} ${reply.reason}`) : [el("b", {}, status), ` ${reply.reason}`],
      el("small", {}, `${plural(reply.bytes, "byte")} in ${reply.took}`),
    ),
    bodyOf(reply.body, "Reply body", place),
    reply.truncated && el("p", { class: "quiet" }, "The body did not arrive whole."),
    headersOf(reply.headers, place.header),
  ];
}

/** An exchange: request, reply, and the line that repeats it; marked for a clause, if one is given. */
export function messages(exchange, clause = null) {
  if (!exchange.sent) {
    return el("p", { class: "quiet" }, "The messages of this exchange are in conformance.json: here they would make the page too large.");
  }
  const place = { values: clause?.values ?? [], ...placeOf(clause) };
  const sent = place.reply ? { values: [] } : place;
  const received = place.reply ? place : { values: [] };
  return [
    repeatOf(exchange, clause?.repeat),
    el(
      "div",
      { class: "messages" },
      el(
        "section",
        { "aria-label": `Request of exchange ${exchange.id}` },
        el("h4", {}, "Request ", el("small", {}, `exchange ${exchange.id}`)),
        el("p", { class: "line" }, el("b", {}, exchange.method), " ", urlOf(exchange.url, sent)),
        bodyOf(exchange.sent.body, "Request body", sent),
        headersOf(exchange.sent.headers, sent.header),
      ),
      el(
        "section",
        { "aria-label": `Reply of exchange ${exchange.id}` },
        el("h4", {}, "Reply"),
        exchange.received ? replyOf(exchange, received) : null,
        exchange.failure
          ? el("p", { class: "failure" }, exchange.failure)
          : !exchange.received && el("p", { class: "quiet" }, "No reply"),
      ),
    ),
  ];
}

/** The lines that repeat it: a command for what takes several requests, and the request alone. */
function repeatOf({ curl, needs }, replay) {
  const lines = [
    replay && lineOf(replay),
    replay && curl && el("p", { class: "quiet" }, "Or its last request alone:"),
    curl && lineOf(curl),
    needs && !replay && el("p", { class: "quiet" }, needs),
  ];
  if (!replay && !curl) return null;
  return el("section", { class: "curl", "aria-label": "To repeat it" }, el("h4", {}, "Repeat it by hand"), lines);
}

function lineOf(text) {
  const code = el("code", {}, text);
  const copy = button({ class: "copy" }, () => copyText(code, copy), "Copy");
  return el("div", {}, el("pre", { tabindex: "0" }, code), copy);
}

async function copyText(code, copy) {
  let done = true;
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // Not allowed, or not there: pages on plain HTTP have no clipboard.
    getSelection().selectAllChildren(code);
    done = document.execCommand("copy");
  }
  copy.textContent = done ? "Copied" : "Press Ctrl+C";
  setTimeout(() => (copy.textContent = "Copy"), 2000);
}
