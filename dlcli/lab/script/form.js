// The form of the stage that is chosen: its inputs, then its options under their headings.

import { make, redrawn } from "./elements.js";
import { control, several } from "./controls.js";
import { byId, changed, current, formOf, page } from "./state.js";

const folds = new Map(); // headings that were opened or closed by hand

let shown = ""; // the command whose form it is: that of another one is read from its beginning

export function drawForm() {
  const stage = current();
  const described = formOf(stage);
  const parts = [make("h2", {}, stage.command), make("p", { class: "quiet" }, described.text)];
  parts.push(...inputFields(stage, described));
  for (const group of described.groups) {
    const fields = group.options.filter((option) => !option.elsewhere).map((option) => optionField(stage, option));
    const elsewhere = group.options.filter((option) => option.elsewhere);
    const set = group.options.some((option) => option.flag in stage.options);
    const fold = make(
      "details",
      { open: set || (folds.get(group.heading) ?? !group.shared), class: "group" },
      make("summary", {}, group.heading),
      ...fields,
      ...elsewhere.map(elsewhereField),
    );
    fold.querySelector("summary").addEventListener("click", () => folds.set(group.heading, !fold.open));
    parts.push(fold);
  }
  redrawn(byId("fields"), ...parts);
  markWhatDoesNothing(stage);
  if (shown !== stage.command) byId("fields").scrollTop = 0;
  shown = stage.command;
  help("Point at an option, or come to it with the tab key: what it does is told here.");
}

function inputFields(stage, described) {
  const fields = [];
  const first = described.arguments.length;
  const keep = (place, values, how) => {
    stage.inputs.splice(place, described.arguments[place]?.many || place >= first ? stage.inputs.length : 1, ...values);
    page.cell = null;
    changed(how);
  };
  for (const [place, argument] of described.arguments.entries()) {
    const option = { flag: argument.name, kind: "read", words: argument.words, metavar: argument.name, default: null };
    const id = `argument-${place}`;
    const made = argument.many
      ? several(option, stage.inputs.slice(place), (values, how) => keep(place, values, how), id)
      : control(option, stage.inputs[place], (value, how) => keep(place, [value], how), id);
    fields.push(field(option, made, id, argument.needed ? "It is needed." : "It may be left out."));
  }
  if (!described.reads) return fields;
  if (page.at > 0) {
    fields.push(make("p", { class: "quiet" }, `Its input comes down the pipe from ${page.stages[page.at - 1].command}.`));
    return fields;
  }
  const option = { flag: "Input", kind: "read", words: described.reads.names, metavar: described.reads.metavar, default: null };
  const made = several(option, stage.inputs.slice(first), (values, how) => keep(first, values, how), "inputs");
  fields.push(field(option, made, "inputs", `It is ${described.reads.typed}.`));
  for (const one of fields) one.classList.add("wide");
  return fields;
}

function optionField(stage, option) {
  const values = stage.options[option.flag] || [];
  const id = `option${option.flag}`;
  const set = (made, how) => {
    if (made.length) stage.options[option.flag] = made;
    else delete stage.options[option.flag];
    element.classList.toggle("set", made.length > 0);
    markWhatDoesNothing(stage);
    changed(how);
  };
  const made = option.many
    ? several(option, values, set, id)
    : control(option, values[0], (value, how) => set(value === "" || value === null ? [] : [value], how), id);
  const words = [option.help];
  if (option.needs.length) words.push(`Goes with ${option.needs.join(" or ")}.`);
  if (option.excludes.length) words.push(`Not beside ${option.excludes.join(", ")}.`);
  const element = field(option, made, id, words.join(" "));
  element.classList.toggle("set", values.length > 0);
  return element;
}

// An option that lacks what it goes with, or has beside it what it does not go with, is paler; its help says why.
// It can be set all the same: what it lacks may come next.
function markWhatDoesNothing(stage) {
  const options = new Map(formOf(stage).groups.flatMap((group) => group.options.map((option) => [option.flag, option])));
  const holds = (condition) => {
    const [flag, ...words] = condition.split(" ");
    const given = stage.options[flag] ?? (words.length ? [options.get(flag)?.default] : []);
    return words.length ? given.includes(words.join(" ")) : given.length > 0;
  };
  for (const field of byId("fields").querySelectorAll("div[data-flag]")) {
    const option = options.get(field.dataset.flag);
    if (!option) continue;
    const lacks = option.needs.length > 0 && !option.needs.some(holds);
    field.querySelector("label").classList.toggle("quiet", lacks || option.excludes.some(holds));
  }
}

// The help of a control is read to whoever comes to it, and stands in one place below, where it moves nothing.
function field(option, made, id, words) {
  const told = make("p", { class: "help", id: `${id}-help`, hidden: true }, words);
  const element = make("div", { "data-flag": option.flag, class: "field" }, make("label", { for: id }, option.flag), made, told);
  const main = made.id === id ? made : made.querySelector(`[id="${CSS.escape(id)}"]`);
  main?.setAttribute("aria-describedby", told.id);
  const show = () => help(words, `${option.flag}${option.off ? ` / ${option.off}` : ""} ${option.kind === "switch" || option.metavar === option.flag ? "" : option.metavar}`);
  element.addEventListener("focusin", show);
  element.addEventListener("mouseenter", show);
  return element;
}

function elsewhereField(option) {
  return make("p", { class: "elsewhere", "data-flag": option.flag }, make("span", { class: "label" }, option.flag), ` ${option.elsewhere}`);
}

function help(words, name = "") {
  byId("help").replaceChildren(...(name ? [make("strong", {}, name.trim()), " "] : []), words);
}

// What was refused stands at its control; where none is meant, above the form.
export function refuse(error, stage) {
  for (const old of document.querySelectorAll(".refusal")) old.remove();
  for (const old of document.querySelectorAll("[aria-invalid]")) {
    old.removeAttribute("aria-invalid");
    old.removeAttribute("aria-errormessage");
  }
  if (!error) return;
  const told = make("p", { class: "refusal", role: "alert", id: "refusal" }, error.text);
  const flag = error.flag || (error.input ? formOf(current()).arguments[0]?.name || "Input" : null);
  const place = (stage ?? page.at) === page.at && flag ? byId("fields").querySelector(`[data-flag="${CSS.escape(flag)}"]`) : null;
  if (place) {
    place.append(told);
    place.closest("details")?.setAttribute("open", "");
    place.scrollIntoView({ block: "nearest" });
    for (const one of place.querySelectorAll("input:not([type=range]), select")) {
      one.setAttribute("aria-invalid", "true");
      one.setAttribute("aria-errormessage", "refusal");
    }
  } else {
    const name = page.stages.length > 1 && stage !== undefined && stage !== page.at ? page.stages[stage].command : "";
    if (name) told.prepend(make("strong", {}, `${name}: `));
    byId("fields").querySelector("h2").after(told);
  }
}
