// The page keeps a pipe of commands as data, draws controls from their declarations, and shows what the server
// answers. Nothing is computed here: every number and every sentence comes from the same commands as in the shell.

import { addressed, isNew, remember } from "./address.js";
import { ask, onFailure, soon, tried } from "./asking.js";
import { button, make } from "./elements.js";
import { drawForm, refuse } from "./form.js";
import { drawNav, listenForPictures } from "./inputs.js";
import { drawPipe, drawPlus } from "./pipe.js";
import { byId, count, onChange, page } from "./state.js";
import { closeArithmetic, explain, onCell, onSave, showStory } from "./story.js";
import { parse, request } from "./words.js";

const say = (text) => { byId("notes").textContent = text; };

// ---- running ---------------------------------------------------------------------------------------------------

let shown = ""; // what the story that is seen was asked with

async function run(how, signal) {
  const cell = page.cell;
  const stages = request();
  const answer = await ask({ run: { stages } }, signal);
  shown = answer.error ? "" : JSON.stringify(stages);
  if (answer.line) page.line = answer.line;
  drawLine();
  say([...new Set(answer.notes || [])].join("\n"));
  drawPipe(answer);
  refuse(answer.error, answer.stage);
  if (answer.error && !byId("form").offsetParent) pane("options");
  showStory(answer);
  remember(how);
  count("painted");
  if (answer.error || cell === null) closeArithmetic();
  else await explain(cell, signal);
}

function change(how) {
  if (how === "new" || how === "open") {
    drawForm();
    drawNav();
    pane(how === "open" ? "options" : "story");
  }
  soon(async (signal) => {
    // The value at which a drag ends has been shown already, as a rule.
    if (how === "push" && shown === JSON.stringify(request())) remember(how);
    else await run({ new: "push", open: "same" }[how] ?? how, signal);
  });
}

// What the address, a link or the command line says, down to the seed and the cell.
async function restore(line, signal) {
  const stages = await parse(line, signal);
  page.cell = stages[stages.length - 1].cell;
  page.stages = stages.map(({ command, inputs, options }) => ({ command, inputs, options }));
  page.at = Math.min(history.state?.at ?? page.stages.length - 1, page.stages.length - 1);
  drawForm();
  drawNav();
  await run("same", signal);
}

// ---- the command line --------------------------------------------------------------------------------------------

function drawLine() {
  const line = byId("line");
  if (document.activeElement !== line) line.value = page.line;
  line.rows = 1;
  while (line.scrollHeight > line.clientHeight + 4 && line.rows < 6) line.rows += 1;
}

function typedLine(event) {
  if (event.key === "Escape") event.target.value = page.line;
  if (event.key !== "Enter") return;
  event.preventDefault();
  const line = event.target.value.trim();
  soon(async (signal) => {
    page.line = "";
    history.pushState(null, "", `#${encodeURIComponent(line)}`);
    isNew();
    await restore(line, signal);
  });
}

async function copy() {
  await navigator.clipboard.writeText(page.line);
  byId("copy").textContent = "Copied";
  setTimeout(() => { byId("copy").textContent = "Copy"; }, 1200);
}

function saveAs(file) {
  const close = () => {
    byId("save-as").remove();
    byId("save").focus();
  };
  if (byId("save-as")) {
    close();
    if (!file) return;
  }
  const name = make("input", { type: "text", id: "name", "aria-label": "Name of the file: its ending says what is written", value: file || "story.html" });
  const write = async () => {
    const answer = await ask({ save: { stages: request(), name: name.value.trim() } });
    say(answer.error ? answer.error.text : `Saved as ${answer.saved}`);
    if (answer.error) return;
    close();
    await look();
    drawNav();
  };
  const hint = make("small", { class: "quiet" }, `.html .svg .png .gif .md .npy .csv …, in ${page.lab.results}/`);
  const row = make("span", { id: "save-as" }, name, button("Save", () => tried(write)), hint);
  row.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === name) tried(write);
    if (event.key === "Escape") close();
  });
  byId("line-row").append(row);
  name.focus();
}

// ---- on a small screen one part is shown, the others a button away ----------------------------------------------

function pane(name) {
  document.body.dataset.pane = name;
  for (const one of byId("panes").children) one.setAttribute("aria-pressed", String(one.dataset.shows === name));
}

// ---- beginning ---------------------------------------------------------------------------------------------------

function first() {
  const word = `'${page.lab.first.replaceAll("'", "'\\''")}'`;
  if (/\.(wav|flac|ogg|aiff?|mp3)'$/i.test(word)) return `stft ${word}`;
  return /\.(png|jpe?g|gif|bmp|tiff?|webp)'$|^'sample:cat'$/i.test(word) ? `conv ${word} --kernel diag` : `show ${word}`;
}

async function look() {
  page.lab = await (await fetch("/state")).json();
}

async function begin() {
  onChange(change);
  onFailure(say);
  onSave(saveAs);
  onCell((cell) => {
    page.cell = cell;
    if (cell === null) closeArithmetic();
    remember("push");
    if (cell !== null) soon((signal) => explain(cell, signal));
  });
  await look();
  drawPlus();
  listenForPictures();
  byId("copy").addEventListener("click", () => tried(copy));
  byId("save").addEventListener("click", () => saveAs());
  byId("line").addEventListener("keydown", typedLine);
  for (const one of byId("panes").children) one.addEventListener("click", () => pane(one.dataset.shows));
  pane("story");
  const there = () => { if (isNew()) soon((signal) => restore(addressed() || first(), signal)); };
  addEventListener("popstate", there);
  addEventListener("hashchange", there);
  addEventListener("resize", drawLine);
  there();
}

tried(begin);
