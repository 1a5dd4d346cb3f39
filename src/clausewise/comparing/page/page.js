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
    const kind = verdict === "upheld" ? "kept" : ["violated", "lenient", "strict"].includes(verdict) ? "broken" : "unknown";
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
    for (const one of told) {
      one.hidden = !(isWanted(one.dataset.kind, wanted) && fits(one.dataset.words));
      count += one.hidden ? 0 : 1;
    }
    rows.replaceChildren(...told, ...rest.slice(0, shown).map(row));
    more.hidden = rest.length <= shown;
    count += rest.length;
    document.getElementById("count").textContent = `${count} clause${count === 1 ? "" : "s"}`;
    document.getElementById("nothing").hidden = count > 0;
  };

  const fresh = () => { shown = STEP; update(); };
  filter.addEventListener("change", fresh);
  filter.addEventListener("submit", (event) => event.preventDefault());
  find.addEventListener("input", fresh);
  document.getElementById("more-button").addEventListener("click", () => { shown += STEP; update(); });
  filter.hidden = false;
  update();
})();
