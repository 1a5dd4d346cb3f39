import { button, el } from "./elements.js";

// What is folded is not there until it is unfolded: a page of thousands of findings is small.

const fills = new WeakMap();

/** A `details` whose inside is made, by `fill(inside)`, when it is first unfolded. */
export function fold(summary, fill, attributes = {}) {
  const inside = el("div", { class: "inside" });
  const details = el("details", attributes, el("summary", {}, summary), inside);
  fills.set(details, () => fill(inside));
  details.addEventListener("toggle", () => {
    if (details.open) unfold(details);
  });
  return details;
}

/** Unfold a `details` now, so that what is in it can be found. */
export function unfold(details) {
  const fill = fills.get(details);
  fills.delete(details);
  fill?.();
  details.open = true;
}

/**
 * Put `row(item, number)` for each of the items into a list, some at a time, with a button for more.
 * Returns `rowOf(number)`, which shows as many as it takes and gives that row.
 */
export function inPortions(list, items, row, portion = 30) {
  const rows = [];
  const more = button({ class: "more" }, () => {
    const first = rows.length;
    show(first + portion);
    rows[first].querySelector("summary, a, button")?.focus();
  });
  const show = (count) => {
    const first = rows.length;
    const added = items.slice(first, count).map((item, number) => row(item, first + number));
    rows.push(...added);
    list.append(...added);
    const rest = items.length - rows.length;
    more.textContent = `Show ${Math.min(portion, rest)} more of ${rest.toLocaleString("en")}`;
    more.hidden = rest <= 0;
  };
  show(portion);
  if (items.length > portion) list.after(more);
  return (number) => {
    if (number >= rows.length) show(number + 1);
    return rows[number];
  };
}
