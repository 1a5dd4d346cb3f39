import { button, el } from "./elements.js";
import { active, clear } from "./filter.js";
import { step } from "./findings.js";

// Single keys, where nobody is writing: j and k go through the findings, / filters, Esc shows all.

let on = true;

/** Listen to keys. Returns what says so, with a button for who speaks to the machine (WCAG 2.1.4). */
export function watchKeys() {
  const turn = button({ "aria-pressed": "false" }, () => {
    on = !on;
    turn.setAttribute("aria-pressed", String(!on));
  }, "Keys off");
  listen();
  const said = "Keys: j and k go through the findings, / filters, Esc shows all again. ";
  return el("p", { class: "keys quiet" }, said, turn);
}

function listen() {
  addEventListener("keydown", (event) => {
    if (!on) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const writing = event.target.matches?.("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && active()) {
      clear();
      return;
    }
    if (writing) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "/") document.getElementById("text").focus();
    else return;
    event.preventDefault();
  });
}
