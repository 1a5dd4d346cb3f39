import { follow, watchAddress } from "./address.js";
import { el } from "./elements.js";
import { findings } from "./data.js";
import { fidelitySection } from "./fidelity.js";
import { consequencesSection, findingsSection, otherDeviations, showFinding, step } from "./findings.js";
import { watchKeys } from "./keys.js";
import { mapSection } from "./map.js";
import { clausesSection, exchangesSection, notesSection, runSection, unjudgedSection } from "./sections.js";
import { sourceSection } from "./source.js";
import { causes, filterBar, glance } from "./summary.js";

// The page, put together.

const top = document.querySelector(".top");
const head = el("div", {}, ...top.childNodes);
head.querySelector(".target").after(...causes());
top.append(...[head, fidelitySection(), glance()].filter(Boolean));
const sections = [
  mapSection(),
  filterBar(step),
  findingsSection(),
  consequencesSection(),
  ...otherDeviations(),
  unjudgedSection(),
  clausesSection(),
  sourceSection(),
  notesSection(),
  exchangesSection(),
  runSection(),
].filter(Boolean);
document.querySelector("main").replaceChildren(...sections);
watchAddress();
if (findings.length) showFinding(findings[0], { focus: false });
follow();
document.body.append(watchKeys());
document.body.dataset.ready = "";
