// What the controls choose, shown: charts get signals, tables get texts that stand in the page's data.
"use strict";
(() => {
  const { specs, tables, metrics } = JSON.parse(document.getElementById("data").textContent);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const { draw, set, tell } = charted(specs, tables);

  const shown = () => all("input[name=design]:checked").map((box) => box.value);

  const compare = () => {
    const said = metrics[document.getElementById("metric").value];
    const base = Number(document.getElementById("base").value);
    const table = document.getElementById("compare");
    table.caption.textContent = said.label;
    [...table.tBodies[0].rows].forEach((row, place) => {
      row.cells[1].textContent = said.values[place];
      row.cells[2].textContent = said.changes[base][place];
    });
    return set({ inUnit: said.unit });
  };

  // Where one design is chosen that is not shown any more, the first that is takes its place.
  const showDesigns = () => {
    const visible = new Set(shown());
    all("[data-design]").forEach((element) => { element.hidden = !visible.has(element.dataset.design); });
    all("#base, [data-signal=design]").forEach((choice) => {
      const next = [...choice.options].find((option) => !option.hidden);
      if (choice.selectedOptions[0].hidden && next) choice.value = next.value;
    });
    const design = document.querySelector("[data-signal=design]").value;
    return Promise.all([set({ shown: [...visible], design }), compare()]);
  };

  const zoom = (event) => {
    const { low, high } = event.target.selectedOptions[0].dataset;
    return set({ low: Number(low), high: Number(high) });
  };

  const chosen = () => {
    const choices = all("[data-signal], #range").map((control) =>
      [control.dataset.signal || "low", control.labels[0].firstChild.textContent.trim(), control.selectedOptions[0].label]);
    const some = shown().length < all("input[name=design]").length;
    return some ? [...choices, ["shown", "Designs", shown().join(", ") || "none"]] : choices;
  };

  // Each change of a control is finished before the next one begins; `ready` is when the last one is.
  const then = (work) => (event) => { window.ready = window.ready.then(() => work(event)).then(() => tell(chosen)); };

  all("[data-signal]").forEach((control) => control.addEventListener("change",
    then(() => set({ [control.dataset.signal]: control.value }))));
  all("input[name=design]").forEach((box) => box.addEventListener("change", then(showDesigns)));
  all("#metric, #base").forEach((control) => control.addEventListener("change", then(compare)));
  document.getElementById("range").addEventListener("change", then(zoom));
  window.ready = draw().then(() => tell(chosen));
})();
