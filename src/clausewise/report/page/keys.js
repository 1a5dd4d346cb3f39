import { active, clear } from "./filter.js";
import { step } from "./findings.js";

// Single keys, where nobody is writing: j and k go through the findings, / filters, Esc shows all.

/** Listen to keys. */
export function watchKeys() {
  addEventListener("keydown", (event) => {
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
