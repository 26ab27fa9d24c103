"use strict";
// The page keeps a pipe of commands as data, draws controls from their descriptions, and shows what the server
// answers. Nothing is computed here: every number and every sentence comes from the same commands as in the shell.

const byId = (id) => document.getElementById(id);
const rules = new CSSStyleSheet();
document.adoptedStyleSheets = [rules];

const page = {
  stages: [], // {command, inputs: [word], options: {flag: [value]}}
  at: 0, // the stage whose form is shown
  cell: null, // the cell whose arithmetic is shown
  line: "", // what would be typed into a shell
  explained: null, // the tensor whose cells can be asked for
  state: null, // commands, samples, files
  forms: {}, // descriptions of commands, by name
};

// ---- asking: one run goes on, and the newest one waits ----------------------------------------------------

async function ask(what) {
  for (let wait = 50; ; wait *= 2) {
    const answer = await fetch("/ask", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(what),
    });
    if (answer.status === 429 && wait < 2000) {
      await new Promise((done) => setTimeout(done, wait));
      continue;
    }
    if (!answer.ok && answer.status !== 429) throw new Error(await answer.text());
    return answer.json();
  }
}

const queue = { going: false, next: null };

function soon(work) {
  queue.next = work;
  if (!queue.going) drain();
}

async function drain() {
  queue.going = true;
  while (queue.next) {
    const work = queue.next;
    queue.next = null;
    try {
      await work();
    } catch (error) {
      say(String(error.message || error));
    }
  }
  queue.going = false;
  document.body.dataset.idle = String(Number(document.body.dataset.idle || 0) + 1);
}

function say(text) {
  byId("notes").textContent = text;
}

// ---- elements ---------------------------------------------------------------------------------------------

function make(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...inside.filter((one) => one !== null && one !== undefined));
  return element;
}

const button = (text, onclick, more = {}) => make("button", { type: "button", onclick, ...more }, text);

// ---- the pipe as words --------------------------------------------------------------------------------------

function wordsOf(stage) {
  const words = [stage.command, ...stage.inputs.filter((word) => word !== "")];
  for (const [flag, values] of Object.entries(stage.options)) {
    for (const value of values) {
      if (value === true) words.push(flag);
      else if (value === false) words.push(offOf(stage.command, flag));
      else if (value.startsWith("-")) words.push(`${flag}=${value}`);
      else if (value !== "") words.push(flag, value);
    }
  }
  return words;
}

function offOf(command, flag) {
  const form = page.forms[command];
  const found = form && form.groups.flatMap((group) => group.options).find((one) => one.flag === flag);
  return (found && found.off) || flag;
}

const request = () => page.stages.map(wordsOf);

// ---- running and showing ------------------------------------------------------------------------------------

async function run(how) {
  document.body.classList.add("busy");
  const cell = page.cell;
  const answer = await ask({ run: { stages: request() } });
  document.body.classList.remove("busy");
  show(answer);
  remember(how);
  if (cell !== null && !answer.error) await explain(cell, null);
}

function show(answer) {
  if (answer.line) page.line = answer.line;
  byId("line").textContent = page.line;
  say([...new Set(answer.notes || [])].join("\n"));
  drawPipe(answer);
  refuse(answer.error, answer.stage);
  if (answer.story !== undefined) {
    rules.replaceSync(answer.rules || "");
    byId("story").innerHTML = answer.story;
    page.explained = answer.explained || null;
    byId("arithmetic").replaceChildren();
    prepareStory();
  }
  document.body.dataset.painted = String(Number(document.body.dataset.painted || 0) + 1);
}

function refuse(error, stage) {
  for (const old of document.querySelectorAll(".refusal")) old.remove();
  for (const old of document.querySelectorAll("[aria-invalid]")) old.removeAttribute("aria-invalid");
  if (!error) return;
  const told = make("p", { class: "refusal", role: "alert", id: "refusal" }, error.text);
  const field = stage === page.at && error.flag && document.querySelector(`[data-flag="${CSS.escape(error.flag)}"]`);
  if (field) {
    field.append(told);
    for (const control of field.querySelectorAll("input, select, textarea")) {
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", "refusal");
    }
  } else byId("form").prepend(told);
  if (stage !== undefined && page.stages.length > 1) {
    const card = byId("pipe").children[stage];
    if (card) card.append(make("span", { class: "refusal" }, "refused"));
  }
}

async function explain(cell, how) {
  page.cell = cell;
  const answer = await ask({ run: { stages: request(), cell } });
  const place = byId("arithmetic");
  if (answer.error) {
    place.replaceChildren(make("p", { class: "refusal", role: "alert" }, answer.error.text));
    return;
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(answer.rules || "");
  document.adoptedStyleSheets = [rules, sheet];
  place.innerHTML = answer.arithmetic || "";
  place.prepend(make("h2", {}, `Cell ${cell || "()"}`), button("Close", closeCell));
  light();
  if (how) remember(how);
  document.body.dataset.explained = String(Number(document.body.dataset.explained || 0) + 1);
}

function closeCell() {
  page.cell = null;
  byId("arithmetic").replaceChildren();
  light();
  remember("push");
}

// ---- cells: what can be clicked, and what it came from -------------------------------------------------------

function prepareStory() {
  const story = byId("story");
  for (const image of story.querySelectorAll("img[data-cells]")) {
    const own = isExplained(image.dataset.of);
    const over = make("div", { class: "over" });
    image.replaceWith(over);
    over.append(image);
    if (!own) continue;
    over.tabIndex = 0;
    over.setAttribute("role", "group");
    over.setAttribute("aria-label", "Cells of the picture: arrows move, Enter shows the arithmetic");
    over.addEventListener("click", (event) => ask1(image, placeOf(image, event)));
    over.addEventListener("mousemove", (event) => {
      image.title = cellOf(image, placeOf(image, event));
    });
    over.addEventListener("keydown", (event) => moveIn(image, event));
  }
  for (const cell of story.querySelectorAll("table[data-of] [data-cell]")) {
    if (!isExplained(cell.closest("[data-of]").dataset.of)) continue;
    cell.tabIndex = 0;
    cell.setAttribute("title", cell.dataset.cell);
    cell.addEventListener("click", () => soon(() => explain(cell.dataset.cell, "push")));
    cell.addEventListener("keydown", (event) => {
      if (event.key === "Enter") soon(() => explain(cell.dataset.cell, "push"));
    });
  }
  for (const code of story.querySelectorAll('[data-part="next"] pre.copy code')) {
    const typed = code.textContent;
    const line = typed.startsWith("… |") ? `${before()}${typed.slice(3)}` : typed;
    code.replaceChildren(make("a", { href: `#${encodeURIComponent(line)}` }, typed));
  }
  light();
}

const isExplained = (name) => page.explained !== null && form().explains && page.explained.name === name;

function before() {
  const parts = page.line.split(" | ");
  return parts.length > 1 ? `${parts.slice(0, -1).join(" | ")} |` : page.line;
}

function placeOf(image, event) {
  const box = image.getBoundingClientRect();
  const clamp = (value, most) => Math.max(0, Math.min(most - 1, Math.floor(value)));
  return [
    clamp(((event.clientY - box.top) / box.height) * image.dataset.rows, Number(image.dataset.rows)),
    clamp(((event.clientX - box.left) / box.width) * image.dataset.columns, Number(image.dataset.columns)),
  ];
}

function cellOf(image, [row, column]) {
  const places = { r: row, c: column, R: image.dataset.rows - 1 - row };
  return image.dataset.cells
    .split(",")
    .map((part) => (part in places ? places[part] : part))
    .join(",");
}

function ask1(image, place) {
  image.dataset.at = place.join(",");
  soon(() => explain(cellOf(image, place), "push"));
}

function moveIn(image, event) {
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const place = (image.dataset.at || "0,0").split(",").map(Number);
  if (event.key in steps) {
    const [down, right] = steps[event.key];
    const far = event.shiftKey ? 10 : 1;
    place[0] = Math.max(0, Math.min(image.dataset.rows - 1, place[0] + far * down));
    place[1] = Math.max(0, Math.min(image.dataset.columns - 1, place[1] + far * right));
    image.dataset.at = place.join(",");
    mark(image, [[...place, "chosen"]]);
    image.title = cellOf(image, place);
    event.preventDefault();
  } else if (event.key === "Enter") {
    ask1(image, place);
    event.preventDefault();
  }
}

function light() {
  for (const old of document.querySelectorAll(".lit, .chosen")) old.classList.remove("lit", "chosen");
  const sources = new Map();
  for (const one of byId("arithmetic").querySelectorAll("[data-cell], [data-from]")) {
    const of = one.closest("[data-of]");
    if (!of) continue;
    if (!sources.has(of.dataset.of)) sources.set(of.dataset.of, new Set());
    for (const cell of one.dataset.from?.split(" ") ?? [one.dataset.cell]) sources.get(of.dataset.of).add(cell);
  }
  for (const image of byId("story").querySelectorAll("img[data-cells]")) {
    const marks = [];
    for (const cell of sources.get(image.dataset.of) || []) {
      const place = placeIn(image, cell);
      if (place) marks.push([...place, "lit"]);
    }
    if (page.cell !== null && isExplained(image.dataset.of)) {
      const place = placeIn(image, page.cell);
      if (place) marks.push([...place, "chosen"]);
    }
    mark(image, marks);
  }
  for (const cell of byId("story").querySelectorAll("table[data-of] [data-cell]")) {
    const of = cell.closest("[data-of]").dataset.of;
    if ((sources.get(of) || new Set()).has(cell.dataset.cell)) cell.classList.add("lit");
    if (page.cell === cell.dataset.cell && isExplained(of)) cell.classList.add("chosen");
  }
}

function placeIn(image, cell) {
  const parts = cell.split(",");
  const pattern = image.dataset.cells.split(",");
  if (parts.length !== pattern.length) return null;
  let row = 0;
  let column = 0;
  for (const [place, part] of pattern.entries()) {
    if (part === "r") row = Number(parts[place]);
    else if (part === "R") row = image.dataset.rows - 1 - Number(parts[place]);
    else if (part === "c") column = Number(parts[place]);
    else if (part !== parts[place] && page.explained && image.dataset.of === page.explained.name) return null;
  }
  return [row, column];
}

function mark(image, marks) {
  const over = image.parentElement;
  over.querySelector("svg.marks")?.remove();
  if (!marks.length) return;
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "marks");
  svg.setAttribute("viewBox", `0 0 ${image.dataset.columns} ${image.dataset.rows}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const [row, column, kind] of marks) {
    const box = document.createElementNS(space, "rect");
    for (const [key, value] of Object.entries({ x: column, y: row, width: 1, height: 1, class: kind }))
      box.setAttribute(key, value);
    svg.append(box);
  }
  over.append(svg);
}

// ---- the address: everything that is seen is in it -----------------------------------------------------------

function remember(how) {
  if (!how || !page.line) return;
  const line = page.cell === null ? page.line : `${page.line} --explain ${page.cell || "'()'"}`;
  const address = `#${encodeURIComponent(line)}`;
  document.title = `${page.line} · dlcli lab`;
  if (address === location.hash) return;
  if (how === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

async function restore(line) {
  const answer = await ask({ parse: line });
  if (answer.error) {
    say(answer.error.text);
    return;
  }
  const stages = answer.stages;
  page.cell = stages[stages.length - 1].cell;
  page.stages = stages.map(({ command, inputs, options }) => ({ command, inputs, options }));
  page.at = page.stages.length - 1;
  await Promise.all([...new Set(page.stages.map((stage) => stage.command))].map(describe));
  drawForm();
  drawNav();
  await run("replace");
}

async function describe(name) {
  if (!page.forms[name]) page.forms[name] = await ask({ form: name });
  return page.forms[name];
}

const form = () => page.forms[page.stages[page.stages.length - 1].command];

// ---- the pipe as cards ----------------------------------------------------------------------------------------

function drawPipe(answer) {
  const cards = page.stages.map((stage, place) => {
    const told = (answer.stages || [])[place];
    const thumb = make("span", { class: "thumb", "aria-hidden": "true" });
    if (told && told.thumb) thumb.innerHTML = told.thumb;
    for (const one of thumb.querySelectorAll("[tabindex]")) one.removeAttribute("tabindex");
    const name = button(stage.command, () => select(place), { class: "plain" });
    const facts = told ? make("small", {}, `${told.name} ${told.shape}`) : null;
    const card = make("li", place === page.at ? { "aria-current": "step" } : {}, make("span", {}, name, facts), thumb);
    if (page.stages.length > 1)
      card.append(button("×", () => drop(place), { class: "plain", "aria-label": `Remove ${stage.command}` }));
    return card;
  });
  const plus = make("li", {}, commandChoice("+", (name) => add(name)));
  byId("pipe").replaceChildren(...cards, plus);
}

function commandChoice(text, chosen) {
  const select = make("select", { "aria-label": "Add a command to the pipe" }, make("option", { value: "" }, text));
  for (const [chapter, commands] of Object.entries(page.state.chapters)) {
    const group = make("optgroup", { label: chapter });
    for (const name of Object.keys(commands)) group.append(make("option", { value: name }, name));
    select.append(group);
  }
  select.addEventListener("change", () => select.value && chosen(select.value));
  return select;
}

function select(place) {
  page.at = place;
  drawForm();
  soon(() => run("replace"));
}

async function add(name) {
  await describe(name);
  page.stages.push({ command: name, inputs: [], options: {} });
  page.at = page.stages.length - 1;
  page.cell = null;
  changed();
}

function drop(place) {
  const [gone] = page.stages.splice(place, 1);
  if (place === 0) page.stages[0].inputs = gone.inputs;
  page.at = Math.min(page.at, page.stages.length - 1);
  page.cell = null;
  changed();
}

function changed() {
  drawForm();
  drawNav();
  soon(() => run("push"));
}

// ---- commands and inputs ---------------------------------------------------------------------------------------

function drawNav() {
  const current = page.stages[page.at];
  const nav = byId("chapters");
  const open = new Map([...nav.querySelectorAll("details")].map((one) => [one.dataset.name, one.open]));
  const parts = Object.entries(page.state.chapters).map(([chapter, commands]) =>
    folded(
      chapter,
      open.get(chapter) ?? current.command in commands,
      Object.entries(commands).map(([name, text]) =>
        button(name, () => choose(name), { title: text, "aria-current": name === current.command ? "true" : null }),
      ),
    ),
  );
  const input = (word) =>
    button(word, () => read(word), { "aria-current": page.stages[0].inputs.includes(word) ? "true" : null });
  parts.push(
    folded("Your files", open.get("Your files") ?? true, [
      ...page.state.files.map(input),
      make("p", { class: "quiet" }, "Paste or drop a picture anywhere."),
    ]),
  );
  parts.push(folded("Samples", open.get("Samples") ?? false, page.state.samples.map(input)));
  parts.push(folded("Typed in", open.get("Typed in") ?? false, [typedIn()]));
  nav.replaceChildren(...parts);
}

function folded(name, open, items) {
  const list = make("ul", {}, ...items.map((item) => make("li", {}, item)));
  return make("details", { open, "data-name": name }, make("summary", {}, name), list);
}

function typedIn() {
  const area = make("textarea", { rows: 4, "aria-label": "A sentence, or a table of numbers", placeholder: "1 2 3\n4 5 6" });
  area.value = page.stages[0].inputs.find((word) => /\s/.test(word)) || "";
  const use = button("Use it", () => area.value.trim() && read(area.value.trim().replace(/\s*\n\s*/g, "; ")));
  return make("div", {}, area, use);
}

async function choose(name) {
  await describe(name);
  const stage = page.stages[page.at];
  const reads = page.forms[name].reads;
  page.stages[page.at] = { command: name, inputs: page.at === 0 && reads ? stage.inputs : [], options: {} };
  page.cell = null;
  const example = page.forms[name].examples[0];
  const needed = page.forms[name].arguments.some((one) => one.needed);
  if (page.at === 0 && page.stages.length === 1 && (needed || !stage.inputs.length || example)) {
    const own = await ask({ parse: example });
    if (!own.error && own.stages.length === 1) {
      page.stages[0] = { command: name, inputs: own.stages[0].inputs, options: own.stages[0].options };
    }
  }
  changed();
}

function read(word) {
  const needed = page.forms[page.stages[0].command].arguments.length;
  page.stages[0].inputs = [...page.stages[0].inputs.slice(0, needed), word];
  page.cell = null;
  changed();
}

async function paste(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  const answer = await fetch("/paste", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: btoa(binary) }),
  });
  if (!answer.ok) {
    say(answer.status === 400 ? (await answer.json()).error.text : await answer.text());
    return;
  }
  const { path } = await answer.json();
  if (!page.state.files.includes(path)) page.state.files.unshift(path);
  read(path);
}

// ---- the form ----------------------------------------------------------------------------------------------------

function drawForm() {
  const stage = page.stages[page.at];
  const described = page.forms[stage.command];
  const parts = [make("h2", {}, stage.command), make("p", { class: "help" }, described.text)];
  for (const [place, argument] of described.arguments.entries()) parts.push(argumentField(stage, argument, place));
  if (page.at === 0 && described.reads) parts.push(inputField(stage, described));
  const always = new Set(["Result", "Input", "Story"]);
  for (const group of described.groups) {
    const fields = group.options.map((option) => optionField(stage, option));
    const set = group.options.some((option) => option.flag in stage.options);
    const open = set || !always.has(group.heading);
    parts.push(make("details", { open }, make("summary", {}, make("strong", {}, group.heading)), ...fields));
  }
  byId("form").replaceChildren(...parts);
}

function argumentField(stage, argument, place) {
  const id = `argument-${place}`;
  const control = textControl(stage.inputs[place] || "", argument.words, id, (value) => {
    stage.inputs[place] = value;
    moved("push");
  });
  return make("div", {}, make("label", { for: id }, argument.name), control);
}

function inputField(stage, described) {
  const first = described.arguments.length;
  const area = make("textarea", { id: "inputs", rows: 2, spellcheck: "false" });
  area.value = stage.inputs.slice(first).join("\n");
  area.addEventListener("change", () => {
    stage.inputs = [...stage.inputs.slice(0, first), ...area.value.split("\n").filter((word) => word.trim())];
    moved("push");
  });
  const help = `${described.reads.typed}; one in each line`;
  return make("div", {}, make("label", { for: "inputs" }, "Input"), area, make("p", { class: "help" }, help));
}

function optionField(stage, option) {
  const values = stage.options[option.flag] || [];
  const field = make("div", { "data-flag": option.flag, class: values.length ? "set" : "" });
  const title = `${option.flag}${option.off ? ` / ${option.off}` : ""} ${option.metavar}`.trim();
  const set = (made, how) => {
    if (made.length) stage.options[option.flag] = made;
    else delete stage.options[option.flag];
    field.classList.toggle("set", made.length > 0);
    if (option.flag !== "--explain") page.cell = how === "drag" ? page.cell : null;
    moved(how);
  };
  const help = [option.help];
  if (option.needs.length) help.push(`Goes with ${option.needs.join(" or ")}.`);
  if (option.excludes.length) help.push(`Not beside ${option.excludes.join(", ")}.`);
  if (option.elsewhere) help.push(option.elsewhere);
  const id = `option${option.flag}`;
  if (option.many) {
    field.append(make("span", { class: "label" }, title), manyControls(option, values, set, id));
  } else {
    field.append(make("label", { for: id }, title), control(option, values[0], (value, how) => {
      set(value === "" || value === null ? [] : [value], how);
    }, id));
  }
  field.append(make("p", { class: "help", id: `${id}-help` }, help.join(" ")));
  const described = field.querySelector(`[id="${CSS.escape(id)}"]`);
  if (described) described.setAttribute("aria-describedby", `${id}-help`);
  return field;
}

function manyControls(option, values, set, id) {
  const list = make("div");
  const draw = (now) => {
    list.replaceChildren(
      ...now.map((value, place) =>
        make(
          "div",
          {},
          control(option, value, (made, how) => set(now.map((one, i) => (i === place ? made : one)).filter((one) => one !== ""), how), `${id}-${place}`),
          button("−", () => { const left = now.filter((_, i) => i !== place); set(left, "push"); draw(left); }, { "aria-label": `Remove this ${option.flag}` }),
        ),
      ),
      button("+", () => draw([...now, ""]), { "aria-label": `Add a ${option.flag}` }),
    );
    for (const one of list.querySelectorAll("input:not([aria-label]), select:not([aria-label])"))
      one.setAttribute("aria-label", option.flag);
  };
  draw(values);
  return list;
}

function control(option, value, set, id) {
  if (option.elsewhere) return make("input", { type: "text", id, disabled: true });
  if (option.kind === "switch") return switchControl(option, value, set, id);
  if (option.kind === "choice") return choiceControl(option, value, set, id);
  if (option.kind === "whole" || option.kind === "real") return numberControl(option, value, set, id);
  const words = option.kind === "read" ? [...option.words, ...page.state.files, ...page.state.samples] : option.words;
  const typed = textControl(value ?? "", words, id, (made) => set(made, "push"), option.default);
  return option.metavar.startsWith("KERNEL") || isMatrix(value) ? matrixControl(typed, value, set) : typed;
}

function switchControl(option, value, set, id) {
  if (option.off) {
    const choices = [["", "as by default"], ["true", option.flag], ["false", option.off]];
    const select = make("select", { id }, ...choices.map(([word, text]) => make("option", { value: word }, text)));
    select.value = value === undefined ? "" : String(value);
    select.addEventListener("change", () => set(select.value === "" ? null : select.value === "true", "push"));
    return select;
  }
  const box = make("input", { type: "checkbox", id });
  box.checked = value === true;
  box.addEventListener("change", () => set(box.checked ? true : null, "push"));
  return box;
}

function choiceControl(option, value, set, id) {
  const standard = option.default === null ? "(not given)" : `${option.default} (default)`;
  const select = make("select", { id }, make("option", { value: "" }, standard));
  for (const word of option.words) select.append(make("option", { value: word }, word));
  select.value = value ?? "";
  select.addEventListener("change", () => set(select.value, "push"));
  return select;
}

function numberControl(option, value, set, id) {
  const whole = option.kind === "whole";
  const number = make("input", { type: "text", inputmode: whole ? "numeric" : "decimal", id, placeholder: option.default ?? "" });
  number.value = value ?? "";
  number.addEventListener("change", () => set(number.value.trim(), "push"));
  const now = Number(value ?? option.default);
  const about = Number.isFinite(now) && now !== 0 ? Math.abs(now) : 1;
  const least = option.least ?? (whole ? 0 : -4 * about);
  const most = option.most ?? (whole ? Math.max(10, 4 * about) : Math.max(1, 4 * about));
  if (!(most - least < 1e6)) return number;
  const step = whole ? 1 : Number(((most - least) / 200).toPrecision(1));
  const low = option.open ? least + step : least;
  const slider = make("input", { type: "range", min: low, max: most, step, "aria-label": `${option.flag}, as a slider` });
  slider.value = Number.isFinite(now) ? now : low;
  const typed = () => (whole ? slider.value : String(Number(Number(slider.value).toPrecision(6))));
  slider.addEventListener("input", () => {
    number.value = typed();
    set(number.value, "drag");
  });
  slider.addEventListener("change", () => set(typed(), "push"));
  return make("div", {}, number, slider);
}

function textControl(value, words, id, set, standard) {
  const input = make("input", { type: "text", id, spellcheck: "false", autocomplete: "off", placeholder: standard ?? "" });
  input.value = value;
  input.addEventListener("change", () => set(input.value));
  if (!words.length) return input;
  const list = make("datalist", { id: `${id}-words` }, ...words.map((word) => make("option", { value: word })));
  input.setAttribute("list", list.id);
  return make("div", {}, input, list);
}

const isMatrix = (value) => typeof value === "string" && /^[-+\d.\s/,;e]+;[-+\d.\s/,;e]+$/.test(value);

function matrixControl(typed, value, set) {
  const holder = make("div", {}, typed);
  const input = typed.querySelector("input") || typed;
  if (!isMatrix(value)) {
    const edit = button("Edit as numbers", async () => {
      const answer = await ask({ matrix: input.value || "1 0; 0 1" });
      if (answer.error) say(answer.error.text);
      else set(answer.matrix, "push"), drawForm();
    });
    holder.append(edit);
    return holder;
  }
  const rows = value.split(";").map((row) => row.trim().split(/[\s,]+/));
  const grid = make("div", { class: "grid", role: "group", "aria-label": "Weights" });
  const write = (how) => set(rows.map((row) => row.join(" ")).join("; "), how);
  for (const [r, row] of rows.entries()) {
    const line = make("div");
    for (const [c, word] of row.entries()) {
      const cell = make("input", { type: "text", "aria-label": `row ${r}, column ${c}` });
      cell.value = word;
      cell.addEventListener("change", () => {
        row[c] = cell.value.trim() || "0";
        input.value = rows.map((one) => one.join(" ")).join("; ");
        write("push");
      });
      line.append(cell);
    }
    grid.append(line);
  }
  const grow = (change, text) => button(text, () => { change(); write("push"); drawForm(); });
  holder.append(
    grid,
    make(
      "div",
      {},
      grow(() => rows.push(rows[0].map(() => "0")), "row +"),
      grow(() => rows.length > 1 && rows.pop(), "row −"),
      grow(() => rows.forEach((row) => row.push("0")), "column +"),
      grow(() => rows[0].length > 1 && rows.forEach((row) => row.pop()), "column −"),
    ),
  );
  return holder;
}

function moved(how) {
  soon(() => run(how === "drag" ? "replace" : "push"));
}

// ---- beginning -----------------------------------------------------------------------------------------------------

function first() {
  const word = page.state.first;
  return /\.(wav|flac|ogg|aiff?|mp3)$/i.test(word) ? `stft ${word}` : /\.(png|jpe?g|gif|bmp|tiff?|webp)$/i.test(word) || word === "sample:cat" ? `conv '${word}' --kernel diag` : `show '${word}'`;
}

const addressed = () => decodeURIComponent(location.hash.slice(1));

async function begin() {
  page.state = await (await fetch("/state")).json();
  byId("copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText(page.line);
    say("The line is in the clipboard.");
  });
  byId("save").addEventListener("click", saveAs);
  addEventListener("popstate", () => soon(() => restore(addressed() || first())));
  addEventListener("hashchange", () => soon(() => restore(addressed() || first())));
  addEventListener("paste", (event) => [...event.clipboardData.files].slice(0, 1).forEach(paste));
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("drop");
  });
  addEventListener("dragleave", () => document.body.classList.remove("drop"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("drop");
    [...event.dataTransfer.files].slice(0, 1).forEach(paste);
  });
  soon(() => restore(addressed() || first()));
}

function saveAs() {
  const old = byId("save-as");
  if (old) {
    old.remove();
    return;
  }
  const name = make("input", { type: "text", "aria-label": "Name of the file", value: "story.html" });
  const write = async () => {
    const answer = await ask({ save: { stages: request(), name: name.value.trim() } });
    say(answer.error ? answer.error.text : `Saved as ${answer.saved}`);
    byId("save-as").remove();
  };
  const row = make("span", { id: "save-as" }, name, button("Save", write));
  byId("line-row").append(row);
  name.focus();
}

begin();
