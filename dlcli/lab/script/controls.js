// A control for each kind of value. `set(value, how)` takes what was chosen: a text, true or false, or null
// for "not given"; `how` is "drag" while a slider is dragged, else "push".

import { ask, tried } from "./asking.js";
import { button, make, redrawn } from "./elements.js";
import { grid, rowsOf } from "./grid.js";
import { page } from "./state.js";

export function control(option, value, set, id) {
  switch (option.kind) {
    case "switch": return option.off ? threeWays(option, value, set, id) : checkbox(value, set, id);
    case "choice": return choice(option, value, set, id);
    case "whole": case "real": case "pair": return number(option, value, set, id);
    default: return text(option, value, set, id);
  }
}

function checkbox(value, set, id) {
  const box = make("input", { type: "checkbox", id });
  box.checked = value === true;
  box.addEventListener("change", () => set(box.checked ? true : null, "push"));
  return box;
}

function threeWays(option, value, set, id) {
  const words = [["", "as by default"], ["true", option.flag], ["false", option.off]];
  return selecting(words, value === undefined ? "" : String(value), (word) => set(word === "" ? null : word === "true", "push"), id);
}

function choice(option, value, set, id) {
  const standard = option.default === null ? "not given" : `${option.default} (default)`;
  const others = option.words.filter((word) => word !== option.default);
  return selecting([["", standard], ...others.map((word) => [word, word])], value === option.default ? "" : value ?? "", (word) => set(word, "push"), id);
}

function selecting(words, value, chosen, id) {
  const select = make("select", { id }, ...words.map(([word, told]) => make("option", { value: word }, told)));
  if (!words.some(([word]) => word === value)) select.append(make("option", { value }, value));
  select.value = value;
  select.addEventListener("change", () => chosen(select.value));
  return select;
}

// A number with a slider where a sensible range is known: that of its declaration, else around its value.
function number(option, value, set, id) {
  const whole = option.kind !== "real";
  const typed = make("input", { type: "text", inputmode: whole ? "numeric" : "decimal", id, autocomplete: "off", placeholder: option.default ?? "" });
  typed.value = value ?? "";
  const slider = make("input", { type: "range", "aria-label": `${option.flag}, as a slider` });
  const fit = () => {
    const now = Number(typed.value.trim() || option.default || NaN);
    const range = rangeOf(option, now, whole);
    slider.hidden = range === null || !Number.isFinite(now) || /[^\d.e+-]/i.test(typed.value.trim());
    if (range === null) return;
    [slider.min, slider.max, slider.step] = range.map(String);
    if (Number.isFinite(now)) slider.value = now; // what a story takes that nobody has stated, no slider shows
  };
  const word = () => (whole ? slider.value : String(Number(Number(slider.value).toPrecision(4))));
  typed.addEventListener("change", () => { fit(); set(typed.value.trim(), "push"); });
  slider.addEventListener("input", () => { typed.value = word(); set(typed.value, "drag"); });
  slider.addEventListener("change", () => set(word(), "push"));
  fit();
  return make("div", { class: "number" }, typed, slider);
}

function rangeOf(option, now, whole) {
  const about = Math.max(Math.abs(Number(option.default) || 0), Math.abs(now) || 0) || 1;
  const step = whole ? 1 : Number((about / 50).toPrecision(1));
  const low = option.least ?? (whole ? 0 : -4 * about);
  const least = option.open ? low + step : low;
  const most = option.most ?? (whole ? Math.max(8, 4 * about) : 4 * about);
  if (!(most > least)) return null;
  const span = option.least !== undefined && option.least !== null && option.most !== undefined && option.most !== null;
  return [least, most, !whole && span ? Number(((most - least) / 100).toPrecision(1)) : step];
}

// A text with the words that a shell completes; a matrix is a grid, and a kernel by name can become one.
function text(option, value, set, id) {
  const holder = make("div", { class: "text" });
  const files = option.kind === "read" ? [...page.lab.files, ...page.lab.samples] : [];
  const words = [...option.words, ...files];
  const input = make("input", { type: "text", id, spellcheck: "false", autocomplete: "off", placeholder: option.default ?? option.metavar });
  const list = words.length ? make("datalist", { id: `${id}-words` }, ...words.map((word) => make("option", { value: word }))) : null;
  if (list) input.setAttribute("list", list.id);
  const draw = (now) => {
    input.value = now;
    const rows = rowsOf(now);
    const numbers = rows
      ? grid(rows, option.flag, id, (made, how) => { input.value = made; set(made, how); })
      : option.metavar === "KERNEL" && option.words.some((word) => word.split(":")[0] === now.split(":")[0])
        ? button("Edit as numbers", () => tried(() => edit(input.value)), { class: "small" })
        : null;
    redrawn(holder, ...[input, list, numbers].filter(Boolean));
  };
  const edit = async (word) => {
    const answer = await ask({ matrix: word });
    if (answer.error) {
      holder.append(make("p", { class: "refusal", role: "alert" }, answer.error.text));
      return;
    }
    draw(answer.matrix);
    set(answer.matrix, "push");
    holder.querySelector(".grid input")?.focus();
  };
  input.addEventListener("change", () => { draw(input.value.trim()); set(input.value, "push"); });
  draw(value ?? "");
  return holder;
}

// Several values of one option, or several inputs: a control for each, and a plus for one more.
export function several(option, values, set, id) {
  const holder = make("div", { class: "several" });
  let now = values.length ? [...values] : [""];
  const given = () => now.filter((value) => value !== "" && value !== null);
  const draw = () => {
    const lines = now.map((value, place) => {
      const own = place === 0 ? id : `${id}-${place}`;
      const line = make("div", { class: "line" }, control(option, value === "" ? undefined : value, (made, how) => {
        now[place] = made ?? "";
        set(given(), how);
      }, own));
      if (place > 0) line.querySelector(`[id="${CSS.escape(own)}"]`).setAttribute("aria-label", `${option.flag}, number ${place + 1}`);
      if (now.length > 1)
        line.append(button("−", () => { now = now.filter((_, i) => i !== place); draw(); set(given(), "push"); }, { "aria-label": `Remove number ${place + 1} of ${option.flag}`, class: "small" }));
      return line;
    });
    const plus = button("+", () => { now = [...now, ""]; draw(); holder.querySelector(`[id="${CSS.escape(`${id}-${now.length - 1}`)}"]`).focus(); }, { "aria-label": `One more ${option.flag}`, class: "small", id: `${id}-more` });
    lines[lines.length - 1].append(plus);
    redrawn(holder, ...lines);
  };
  draw();
  return holder;
}
