// Charts of a page: specs of Vega-Lite, tables as columns, and signals that change what they show.
"use strict";
const ROOM = 640;
const charted = (specs, tables) => {
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

  // A legend of long words stands in one column of smaller letters where there is little room beside the axis.
  const fitting = (encoding, room) => {
    const legend = encoding.color && encoding.color.legend;
    if (!legend || !legend.columns || room >= ROOM) return encoding;
    return { ...encoding, color: { ...encoding.color, legend: { ...legend, columns: 1, labelFontSize: 9, labelLimit: room - 120 } } };
  };

  // A chart's data and those of its layers, by their names.
  const filled = (spec, room) => ({
    ...spec,
    ...(spec.data ? { data: { values: values[spec.data.name] } } : {}),
    ...(spec.encoding ? { encoding: fitting(spec.encoding, room) } : {}),
    ...(spec.layer ? { layer: spec.layer.map((layer) => filled(layer, room)) } : {}),
  });

  const set = (signals) => Promise.all(views.map((view) => {
    const own = Object.entries(signals).filter(([name]) => view.known.has(name));
    if (!own.length) return null;
    own.forEach(([name, value]) => view.signal(name, value));
    return view.runAsync();
  }));

  const draw = async () => {
    for (const [name, spec] of Object.entries(specs)) {
      const options = { ast: true, renderer: "svg", actions: false, tooltip: { theme: "page" }, logLevel: vega.Error };
      const place = document.getElementById(`chart-${name}`);
      const described = { ...filled(spec, place.clientWidth), description: place.getAttribute("aria-label") };
      const { view } = await vegaEmbed(place, described, options);
      view.known = new Set(spec.params.map((param) => param.name));
      views.push(view);
    }
  };

  // On paper the controls are gone: under each chart stands what is chosen for it, as [signal, label, words].
  const tell = (chosen) => Object.entries(specs).forEach(([name, spec]) => {
    const known = new Set(spec.params.map((param) => param.name));
    const own = chosen(name).filter(([signal]) => known.has(signal));
    document.getElementById(`shown-${name}`).textContent = own.map(([, label, words]) => `${label}: ${words}`).join("; ");
  });

  return { draw, set, tell };
};
