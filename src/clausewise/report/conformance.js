"use strict";
// Filter by verdict and text, kept in the address (#verdict=violated,lenient&text=status), and copy
// buttons. Any other fragment is the id of an element: a clause, an exchange or a section.
(() => {
  const chips = [...document.querySelectorAll(".chip")];
  const field = document.getElementById("text");
  const shown = document.querySelector(".search output");
  const clear = document.querySelector(".clear");
  const rows = [...document.querySelectorAll(".group tbody tr")].map((element) => ({
    element,
    verdict: element.dataset.verdict,
    text: element.textContent.toLowerCase(),
  }));
  const articles = [...document.querySelectorAll(".told")].map((element) => ({
    element,
    verdict: element.dataset.verdict,
    text: element.textContent.toLowerCase(),
  }));
  const groups = [...document.querySelectorAll(".group")];

  const pressed = () =>
    chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.verdict);

  const apply = () => {
    const verdicts = pressed();
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const { element, verdict, text } of [...rows, ...articles]) {
      element.hidden =
        (verdicts.length > 0 && !verdicts.includes(verdict)) || !words.every((word) => text.includes(word));
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("tbody tr:not([hidden])");
    }
    const active = verdicts.length > 0 || words.length > 0;
    for (const section of document.querySelectorAll(".articles")) {
      section.hidden = active && !section.querySelector(".told:not([hidden])");
    }
    const count = rows.filter(({ element }) => !element.hidden).length;
    shown.textContent = active ? `${count} of ${rows.length} clauses` : "";
    clear.hidden = !active;
  };

  const remember = () => {
    const parts = [];
    const verdicts = pressed();
    if (verdicts.length) parts.push(`verdict=${verdicts.join(",")}`);
    if (field.value) parts.push(`text=${encodeURIComponent(field.value)}`);
    history.replaceState(null, "", parts.length ? `#${parts.join("&")}` : "#");
  };

  const set = (verdicts, text) => {
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", String(verdicts.includes(chip.dataset.verdict)));
    }
    field.value = text;
  };

  // What the address names must be seen, so the filter gives way and what is folded opens.
  const reveal = (id) => {
    const element = document.getElementById(id);
    if (!element) return;
    if (element.hidden || element.closest("[hidden]")) {
      set([], "");
      apply();
    }
    const own = element.querySelector(":scope > details");
    if (own) own.open = true;
    for (let outer = element.closest("details"); outer; outer = outer.parentElement.closest("details")) {
      outer.open = true;
    }
    element.scrollIntoView();
  };

  const follow = () => {
    const fragment = location.hash.slice(1);
    if (/^(verdict|text)=/.test(fragment)) {
      const wanted = new URLSearchParams(fragment.replaceAll("+", "%2B"));
      set((wanted.get("verdict") || "").split(","), wanted.get("text") || "");
      apply();
      return;
    }
    apply();
    try {
      if (fragment) reveal(decodeURIComponent(fragment));
    } catch {
      // A fragment that cannot be decoded names nothing here.
    }
  };

  const copy = async (button) => {
    const code = button.parentElement.querySelector("code");
    let done = true;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      // Not allowed, or not there: pages on plain HTTP have no clipboard.
      getSelection().selectAllChildren(code);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  };

  for (const chip of chips) {
    chip.disabled = false;
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      apply();
      remember();
    });
  }
  field.addEventListener("input", () => { apply(); remember(); });
  field.form.addEventListener("submit", (event) => event.preventDefault());
  clear.addEventListener("click", () => { set([], ""); apply(); remember(); field.focus(); });
  field.closest("[hidden]").hidden = false;
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll(".told > details:not([open]), .group:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
  addEventListener("hashchange", follow);
  follow();
  document.body.dataset.ready = "";
})();
