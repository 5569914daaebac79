// What the sliders say, shown: every setting of the grid was simulated beforehand and stands in the page's data.
"use strict";
(() => {
  const found = JSON.parse(document.getElementById("data").textContent);
  const { draw, set, tell } = charted(found.specs, found.tables);
  const sliders = [...document.querySelectorAll("[data-knob]")];
  const places = new Map(found.settings.map((setting, place) => [setting.join(), place]));
  const by = (id) => document.getElementById(id);
  const chosen = (id, otherwise) => (by(id) ? Number(by(id).value) : otherwise);

  const setting = () => sliders.map((slider) => Number(slider.value));

  // The table of designs where the sliders stand; a setting may be missing if the sweep was interrupted.
  const showTable = () => {
    const place = places.get(setting().join());
    by("here").textContent = place === undefined ? "This setting was not simulated." : found.here[place];
    [...by("designs").tBodies[0].rows].forEach((row, design) => {
      [...row.cells].slice(1).forEach((cell, column) => {
        const [verdict, value, half] = place === undefined ? ["", "-", ""] : found.cells[place][design][column];
        const small = document.createElement("small");
        small.textContent = half;
        cell.className = verdict;
        cell.replaceChildren(value, small);
      });
    });
  };

  const signals = () => {
    const now = setting();
    const along = chosen("along", 0);
    const metric = by("metric").value;
    let across = chosen("across", 1);
    if (across === along) across = along === 0 ? 1 : 0;
    return {
      ...Object.fromEntries(now.map((value, knob) => [`s${knob}`, value])),
      along, across, metric, inUnit: found.units[metric], least: found.spans[metric][0], most: found.spans[metric][1], wide: found.spans[metric][2],
      labels: found.knobs[along].values, acrossLabels: found.knobs[across] ? found.knobs[across].values : [],
      design: by("design") ? by("design").value : "",
    };
  };

  const words = (id) => by(id).selectedOptions[0].label;

  // The metric, the design where one is drawn, and the sliders that are not an axis.
  const chosenFor = (chart, { along, across }) => {
    const axes = chart === "map" ? [along, across] : [along];
    const stand = found.knobs.map((knob, place) => [`s${place}`, knob.path, knob.values[Number(sliders[place].value)]]);
    const design = chart === "map" ? [["design", "Design", words("design")]] : [];
    return [["metric", "Metric", words("metric")], ...design, ...stand.filter((_, place) => !axes.includes(place))];
  };

  const show = () => {
    sliders.forEach((slider, knob) => {
      const value = found.knobs[knob].values[Number(slider.value)];
      by(`value-${knob}`).textContent = value;
      slider.setAttribute("aria-valuetext", value);
    });
    const now = signals();
    document.querySelectorAll(".along").forEach((name) => { name.textContent = found.knobs[now.along].path; });
    document.querySelectorAll(".across").forEach((name) => { name.textContent = found.knobs[now.across].path; });
    showTable();
    tell((chart) => chosenFor(chart, now));
    return set(now);
  };

  // Each change is shown before the next one begins; `ready` is when the last one is.
  const then = () => { window.ready = window.ready.then(show); };

  sliders.forEach((slider) => slider.addEventListener("input", then));
  document.querySelectorAll("select").forEach((select) => select.addEventListener("change", then));
  window.ready = draw().then(show);
})();
