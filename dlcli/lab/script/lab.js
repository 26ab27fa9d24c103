// The page keeps a pipe of commands as data, draws controls from their declarations, and shows what the server
// answers. Nothing is computed here: every number and every sentence comes from the same commands as in the shell.

import { addressed, isNew, remember } from "./address.js";
import { ask, onFailure, onSilence, soon, tried, waits } from "./asking.js";
import { button, make } from "./elements.js";
import { drawForm, refuse } from "./form.js";
import { drawNav, listenForPictures, look } from "./inputs.js";
import { drawPipe, drawPlus } from "./pipe.js";
import { byId, changed, count, current, onChange, page, takeTurn } from "./state.js";
import { closeArithmetic, explain, listenForCells, onCell, onSave, showStory } from "./story.js";
import { Refused, parse, request } from "./words.js";

const say = (text) => { byId("notes").textContent = text; };

// ---- running ---------------------------------------------------------------------------------------------------

let shown = ""; // what the story that is seen was asked with

async function run(how, signal, left = []) {
  const cell = page.cell;
  const stages = request();
  const answer = await ask({ run: { stages } }, signal);
  const { other } = page;
  if (answer.error && other) {
    Object.assign(page, { stages: other.stages, at: other.at, other: null });
    drawForm();
    drawNav();
    await run(how, signal, [`${current().command} does not take the input that was there: it begins as its manual does`]);
    return;
  }
  shown = answer.error ? "" : JSON.stringify(stages);
  if (answer.line) [page.line, page.behind] = [answer.line, answer.behind];
  const before = page.marks;
  page.marks = answer.marks ?? {};
  const others = Object.keys(page.marks).filter((name) => (before[name] ?? page.marks[name]) !== page.marks[name]);
  const changes = others.map((name) => `${name} has changed: this is the story of what it holds now`);
  drawLine();
  refuseLine(null);
  say([...new Set([...left, ...changes, ...(answer.notes || [])])].join("\n"));
  drawPipe(answer);
  refuse(answer.error, answer.stage);
  if (answer.error && !byId("form").offsetParent) pane("options");
  showStory(answer);
  remember(how);
  count("painted");
  if (answer.story === undefined || cell === null || page.cell === null || page.story >= Math.max(1, page.explained.length)) closeArithmetic();
  else await explain(signal);
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
async function restore({ line, story = 0 }, newest, signal, how = "same") {
  const found = await parse(line, signal).catch((error) => {
    if (!(error instanceof Refused)) throw error;
    return { refused: error.message };
  });
  if (!newest()) return;
  if (found.refused) {
    if (!page.stages.length) await restore({ line: first() }, newest, signal, "not"); // a page to go on from
    if (newest()) refuseLine(line, found.refused);
    return;
  }
  const { stages, left } = found;
  page.story = story;
  page.cell = stages[stages.length - 1].cell;
  page.stages = stages.map(({ command, inputs, options }) => ({ command, inputs, options }));
  page.at = Math.min(history.state?.at ?? page.stages.length - 1, page.stages.length - 1);
  drawForm();
  drawNav();
  await run(how, signal, left);
}

// A line that is none stays in its box, with what is wrong with it; what stands below is not its story.
function refuseLine(line, text = "") {
  byId("line-refused").hidden = !text;
  byId("line-refused").textContent = text;
  if (line === null) {
    byId("line").removeAttribute("aria-invalid");
    byId("line").removeAttribute("aria-errormessage");
    return;
  }
  byId("line").setAttribute("aria-invalid", "true");
  byId("line").setAttribute("aria-errormessage", "line-refused");
  if (document.activeElement !== byId("line")) byId("line").value = drawn = line;
  byId("story").classList.add("stale");
  fitLine();
}

// ---- the command line --------------------------------------------------------------------------------------------

let drawn = ""; // what was written into the box: what is being typed there is left alone

function drawLine() {
  const line = byId("line");
  if (document.activeElement !== line || line.value === drawn) line.value = drawn = page.line;
  fitLine();
}

function fitLine() {
  const line = byId("line");
  line.rows = 1;
  while (line.scrollHeight > line.clientHeight + 4 && line.rows < 6) line.rows += 1;
}

function typedLine(event) {
  if (event.key === "Escape") event.target.value = page.line;
  if (event.key !== "Enter") return;
  event.preventDefault();
  soon(runTyped());
}

// What runs the line that stands in the box.
function runTyped() {
  const line = byId("line").value.trim();
  drawn = byId("line").value;
  const newest = takeTurn();
  return async (signal) => {
    page.line = "";
    history.pushState(null, "", `#${encodeURIComponent(line)}`);
    isNew();
    await restore({ line }, newest, signal);
  };
}

// Whether what stands in the box has been run, and all is well with it; it is run first where it has not.
async function settled() {
  const own = () => byId("line").value.trim() === page.line;
  if (own()) return true;
  await runTyped()();
  return own() && shown === JSON.stringify(request());
}

async function copy() {
  await navigator.clipboard.writeText(byId("line").value);
  byId("copy").textContent = "Copied";
  setTimeout(() => { byId("copy").textContent = "Copy"; }, 1200);
}

function saveAs(file) {
  const close = () => {
    byId("save-as").remove();
    byId("save").focus();
    fitLine();
  };
  if (byId("save-as")) {
    close();
    if (!file) return;
  }
  const name = make("input", { type: "text", id: "name", "aria-label": "Name of the file: its ending says what is written", value: file || "story.html" });
  const write = async () => {
    const typed = byId("line").value.trim() !== page.line; // then its own notes stay
    if (!(await settled())) {
      say("Nothing is saved: the line is refused as it stands");
      return;
    }
    const answer = await ask({ save: { stages: request(), name: name.value.trim(), marks: page.marks } });
    if (answer.changed) {
      soon((signal) => run("same", signal, ["Nothing is saved yet: save what the files hold now, if it is right"]));
      return;
    }
    const before = typed ? byId("notes").textContent.split("\n").filter(Boolean) : [];
    say(answer.error ? answer.error.text : [...before, `Saved as ${answer.saved}`].join("\n"));
    if (answer.error) return;
    close();
    await look();
  };
  const hint = make("small", { class: "quiet" }, `.html .svg .png .gif .md .npy .csv …, in ${page.lab.results}/`);
  const row = make("span", { id: "save-as" }, name, button("Save", () => tried(write)), hint);
  row.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === name) tried(write);
    if (event.key === "Escape") close();
  });
  byId("line-refused").before(row);
  fitLine();
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

async function begin() {
  onChange(change);
  onFailure(say);
  onSilence(() => byId("story").classList.add("stale"));
  onSave(saveAs);
  onCell((cell, story = 0) => {
    page.cell = cell;
    page.story = story;
    if (cell === null) closeArithmetic();
    remember("push");
    // A run that waits explains it itself.
    if (cell !== null && !waits()) soon(async (signal) => { if (page.cell !== null) await explain(signal); });
  });
  listenForCells();
  await look();
  addEventListener("focus", () => look().catch(() => {})); // files may have come meanwhile
  drawPlus();
  listenForPictures();
  byId("copy").addEventListener("click", () => tried(copy));
  byId("save").addEventListener("click", () => saveAs());
  byId("line").addEventListener("keydown", typedLine);
  for (const one of byId("panes").children) one.addEventListener("click", () => pane(one.dataset.shows));
  pane("story");
  const there = () => {
    if (!isNew()) return;
    const newest = takeTurn();
    const asked = addressed();
    soon((signal) => restore(asked.line ? asked : { line: first() }, newest, signal));
  };
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("story").focus();
  });
  addEventListener("popstate", there);
  addEventListener("hashchange", there);
  addEventListener("resize", fitLine);
  there();
}

tried(begin);
