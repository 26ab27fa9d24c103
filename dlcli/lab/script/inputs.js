// At the left: commands by chapter, and what they can read: files, samples, pictures, what is typed in.

import { send, tried } from "./asking.js";
import { button, make, redrawn } from "./elements.js";
import { openLesson } from "./lesson.js";
import { choose, read } from "./pipe.js";
import { byId, current, page, takeTurn } from "./state.js";

const folds = new Map(); // parts that were opened or closed by hand
const HERE = "Files here";

// What can be chosen now: files come and go.
export async function look() {
  const found = await (await fetch("/state")).json();
  const other = JSON.stringify(found.files) !== JSON.stringify(page.lab?.files);
  page.lab = found;
  if (other && page.stages.length) drawNav();
}

export function drawNav() {
  const chapters = Object.entries(page.lab.chapters).map(([chapter, commands]) =>
    folded(
      chapter,
      current().command in commands,
      Object.entries(commands).map(([name, text]) =>
        button(name, () => tried(() => choose(name)), { title: text, id: `choose-${name}`, "aria-current": name === current().command ? "true" : null }),
      ),
    ),
  );
  const input = (word) =>
    button(word, () => tried(() => read(word)), { id: `read-${word}`, "aria-current": page.stages[0].inputs.includes(word) ? "true" : null });
  redrawn(
    byId("nav"),
    make("h2", {}, "Commands"),
    ...chapters,
    make("h2", {}, "Lessons"),
    folded("The course", false, Object.entries(page.lab.lessons).map(([name, title]) =>
      button(name, () => tried(() => openLesson(name)), { title, id: `lesson-${name}` }))),
    make("h2", {}, "Inputs"),
    folded(HERE, page.lab.files.length > 0, page.lab.files.length ? page.lab.files.map(input) : [make("span", { class: "quiet" }, "no file that a command reads")]),
    folded("Samples", false, page.lab.samples.map(input)),
    folded("A picture", false, [picture()]),
    folded("Typed in", false, [typedIn()]),
  );
}

function folded(name, open, items) {
  const list = make("ul", {}, ...items.map((item) => make("li", {}, item)));
  const fold = make("details", { open: folds.get(name) ?? open }, make("summary", {}, name), list);
  fold.firstChild.addEventListener("click", () => {
    folds.set(name, !fold.open);
    if (name === HERE && !fold.open) tried(look);
  });
  return fold;
}

function picture() {
  const file = make("input", { type: "file", id: "picture", accept: "image/*", "aria-label": "A picture of this computer" });
  file.addEventListener("change", () => [...file.files].slice(0, 1).forEach(paste));
  return make("div", {}, file, make("p", { class: "quiet" }, "or paste or drop one anywhere"));
}

// A sentence, or a table: one row in each line, as it is copied from a spreadsheet.
function typedIn() {
  const area = make("textarea", { rows: 4, id: "typed", "aria-label": "A sentence, or a table of numbers", placeholder: "1 2 3\n4 5 6" });
  const typed = page.stages[0].inputs.find((word) => /\s/.test(word)) || "";
  const own = page.stages[0].inputs.includes(lastText.path) ? lastText.text : null;
  area.value = own ?? (PLAIN.test(typed) ? typed.replace(/\s*;\s*/g, "\n") : typed);
  const use = () => {
    if (area.value.trim()) take(area.value);
    else tried(async () => { throw new Error("There is nothing to use: type a sentence, or rows of numbers"); });
  };
  area.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.ctrlKey) use(); });
  return make("div", {}, area, button("Use it", use, { id: "use" }));
}

// Rows of numbers with spaces between them are typed into the line, and so is a sentence; what else has tabs or
// several lines is a file of the folder of results, which the commands read, and refuse, as they do in a shell.
const PLAIN = /^[-+\d .;e\n]*$/i;
let lastText = {};

function take(text) {
  const lines = text.replace(/\r\n?/g, "\n").trimEnd();
  if (!/[\t\n]/.test(lines)) tried(() => read(lines.trim()));
  else if (PLAIN.test(lines) && !/;|^\s*$/m.test(lines)) tried(() => read(lines.trim().replace(/ *\n */g, "; ")));
  else keep({ text: lines }, (path) => { lastText = { path, text: lines }; });
}

// A picture that was pasted, dropped or chosen becomes a file of the folder of results.
const paste = async (file) => {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  keep({ data: btoa(binary) });
};

const keep = (what, named = () => {}) => tried(async () => {
  const newest = takeTurn();
  const answer = await send("/paste", what);
  if (!answer.ok) throw new Error(answer.status === 400 ? (await answer.json()).error.text : await answer.text());
  const { path } = await answer.json();
  if (!page.lab.files.includes(path)) page.lab.files.unshift(path);
  named(path);
  if (newest()) await read(path);
});

export function listenForPictures() {
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
}
