"use strict";
// Rows of what differs are in the page; those of the rest are made of the data when they are asked for.
(() => {
  const STEP = 300;
  const data = JSON.parse(document.getElementById("data").textContent);
  const rows = document.getElementById("rows");
  const filter = document.getElementById("filter");
  const find = document.getElementById("find");
  const more = document.getElementById("more");
  const told = [...rows.children];
  // What is unfolded, by cause; words that are looked for unfold all.
  const open = new Set();
  let shown = STEP;

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const cell = (side, verdict, message) => {
    const made = element("td");
    made.dataset.side = side;
    const kind = ["upheld", "violated", "lenient", "strict"].includes(verdict) ? verdict : "unknown";
    made.append(element("span", `verdict ${kind}`, verdict || "not asked"), element("p", "quiet", message));
    return made;
  };

  const row = ([kind, id, level, promise, mock, mockSaid, reference, referenceSaid]) => {
    const made = element("tr");
    made.dataset.kind = kind;
    const head = element("th");
    head.scope = "row";
    head.append(element("code", "", id), element("p", "quiet", `${level}: ${promise}`));
    made.append(head, cell("Mock", mock, mockSaid), cell("Reference", reference, referenceSaid));
    return made;
  };

  const isWanted = (kind, wanted) =>
    wanted === "all" || kind === wanted || (wanted === "differs" && kind === "production");

  const update = () => {
    const wanted = filter.elements.show.value;
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (text) => words.every((word) => text.toLowerCase().includes(word));
    const rest = data.filter((one) => isWanted(one[0], wanted) && fits(`${one[1]} ${one[2]}`));
    let count = 0;
    const causes = new Set();
    for (const one of told) {
      const { cause, kind } = one.dataset;
      if (kind === undefined) continue;
      const fitting = isWanted(kind, wanted) && fits(one.dataset.words);
      one.hidden = !fitting || (one.classList.contains("also") && !words.length && !open.has(cause));
      count += fitting ? 1 : 0;
      if (fitting) causes.add(cause);
    }
    for (const one of rows.querySelectorAll(".cause")) {
      one.hidden = !causes.has(one.dataset.cause);
      const unfold = one.querySelector("button");
      if (!unfold) continue;
      unfold.hidden = words.length > 0;
      unfold.textContent = open.has(one.dataset.cause) ? "show one" : "show all";
      unfold.setAttribute("aria-expanded", String(open.has(one.dataset.cause)));
    }
    rows.replaceChildren(...told, ...rest.slice(0, shown).map(row));
    more.hidden = rest.length <= shown;
    count += rest.length;
    document.getElementById("count").textContent = `${count} clause${count === 1 ? "" : "s"}`;
    document.getElementById("nothing").hidden = count > 0;
  };

  rows.addEventListener("click", (event) => {
    const { cause } = event.target.closest(".cause button")?.closest("tr").dataset ?? {};
    if (cause === undefined) return;
    if (!open.delete(cause)) open.add(cause);
    update();
  });
  const fresh = () => { shown = STEP; update(); };
  filter.addEventListener("change", fresh);
  filter.addEventListener("submit", (event) => event.preventDefault());
  find.addEventListener("input", fresh);
  document.getElementById("more-button").addEventListener("click", () => { shown += STEP; update(); });
  filter.hidden = false;
  update();
})();
