// What the controls choose, shown: charts get signals, tables get texts that stand in the page's data.
"use strict";
(() => {
  const { specs, tables, metrics } = JSON.parse(document.getElementById("data").textContent);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const views = [];

  // A column is a list of numbers, or texts and which of them stands in each row.
  const cells = (column) => (Array.isArray(column) ? column : column.places.map((place) => column.texts[place]));

  const rows = (columns) => {
    const found = Object.entries(columns).map(([name, column]) => [name, cells(column)]);
    const count = found.length ? found[0][1].length : 0;
    return Array.from({ length: count }, (_, at) =>
      Object.fromEntries(found.map(([name, column]) => [name, column[at]])));
  };

  const values = Object.fromEntries(Object.entries(tables).map(([name, columns]) => [name, rows(columns)]));

  // A chart's data and those of its layers, by their names.
  const filled = (spec) => ({
    ...spec,
    ...(spec.data ? { data: { values: values[spec.data.name] } } : {}),
    ...(spec.layer ? { layer: spec.layer.map(filled) } : {}),
  });

  const set = (signals) => Promise.all(views.map((view) => {
    const own = Object.entries(signals).filter(([name]) => view.known.has(name));
    if (!own.length) return null;
    own.forEach(([name, value]) => view.signal(name, value));
    return view.runAsync();
  }));

  const shown = () => all("input[name=design]:checked").map((box) => box.value);

  const showDesigns = () => {
    const visible = new Set(shown());
    all("[data-design]").forEach((element) => { element.hidden = !visible.has(element.dataset.design); });
    return set({ shown: [...visible] });
  };

  const compare = () => {
    const said = metrics[document.getElementById("metric").value];
    const base = Number(document.getElementById("base").value);
    const table = document.getElementById("compare");
    table.caption.textContent = said.label;
    document.getElementById("unit").textContent = said.unit || "numbers";
    [...table.tBodies[0].rows].forEach((row, place) => {
      row.cells[1].textContent = said.values[place];
      row.cells[2].textContent = said.changes[base][place];
    });
  };

  const zoom = (event) => {
    const { low, high } = event.target.selectedOptions[0].dataset;
    return set({ low: Number(low), high: Number(high) });
  };

  // Each change of a control is finished before the next one begins; `ready` is when the last one is.
  const then = (work) => (event) => { window.ready = window.ready.then(() => work(event)); };

  const draw = async () => {
    for (const [name, spec] of Object.entries(specs)) {
      const options = { ast: true, renderer: "svg", actions: false, tooltip: { theme: "page" }, logLevel: vega.Error };
      const { view } = await vegaEmbed(`#chart-${name}`, filled(spec), options);
      view.known = new Set(spec.params.map((param) => param.name));
      views.push(view);
    }
  };

  all("[data-signal]").forEach((control) => control.addEventListener("change",
    then(() => set({ [control.dataset.signal]: control.value }))));
  all("input[name=design]").forEach((box) => box.addEventListener("change", then(showDesigns)));
  all("#metric, #base").forEach((control) => control.addEventListener("change", compare));
  document.getElementById("range").addEventListener("change", then(zoom));
  window.ready = draw();
})();
