// Elements and text. Text becomes text nodes and attribute values; nothing here reads markup.

// Control characters, odd blanks, what is invisible or turns the reading direction: as in showing.py.
const UNSEEN =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\u{d800}-\u{dfff}\u{e0000}-\u{e007f}\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;
const SVG = "http://www.w3.org/2000/svg";

/** The visible spelling of a character: \u202e, \U000e0041. */
function spelling(character) {
  if (character === "\r") return "\\r";
  const code = character.codePointAt(0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
}

/** The text with everything spelt out that a reader could be fooled by. */
export function visible(text) {
  return String(text).replace(UNSEEN, spelling);
}

/** The text as nodes; what is spelt out is set apart from the text. */
function nodes(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(UNSEEN)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    const spelt = document.createElement("span");
    spelt.className = "unseen";
    spelt.textContent = spelling(match[0]);
    parts.push(spelt);
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : visible(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(...(child instanceof Node ? [child] : nodes(String(child))));
  }
  return element;
}

/** An HTML element. Children are nodes, text, lists of both, or nothing (null, false). */
export function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** An SVG element. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** A button that does something. */
export function button(attributes, act, ...children) {
  const made = el("button", { type: "button", ...attributes }, ...children);
  made.addEventListener("click", act);
  return made;
}

/** A clause id or URL that may break where its parts meet, before it breaks anywhere else. */
export function breakable(text) {
  const parts = String(text).split(/(?<=[:#/?&.])(?=\w)/);
  return parts.flatMap((part, number) => (number ? [el("wbr"), part] : [part]));
}

/** 1 clause, 2 clauses, 1,234 clauses. */
export function plural(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
