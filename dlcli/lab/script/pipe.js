// The pipe as cards: what goes in, then each command with a small picture of what it sends, then a plus.

import { tried } from "./asking.js";
import { button, make, redrawn, written } from "./elements.js";
import { byId, changed, current, formOf, page, takeTurn } from "./state.js";
import { describe, example } from "./words.js";

export function drawPipe(answer) {
  const told = answer.stages || [];
  const cards = page.stages.map((stage, place) => {
    const refused = answer.error && answer.stage === place;
    return card(stage.command, told[place], () => select(place), {
      id: `stage-${place}`,
      here: place === page.at,
      words: refused ? "refused" : told[place] ? `${told[place].name} ${told[place].shape}` : "",
      refused,
      drop: page.stages.length > 1 ? () => drop(place) : null,
    });
  });
  if (formOf(page.stages[0]).reads) {
    const words = page.stages[0].inputs.slice(formOf(page.stages[0]).arguments.length);
    const word = (words[0] ?? "no input yet") + (words.length > 1 ? ` and ${words.length - 1} more` : "");
    const shape = answer.input ? answer.input.shape : "";
    cards.unshift(card(word, answer.input, () => { select(0); byId("inputs")?.focus(); }, { id: "stage-input", words: shape }));
  }
  redrawn(byId("pipe"), ...cards);
  if (wanted && document.activeElement === document.body) byId(wanted)?.focus();
  wanted = "";
}

let wanted = ""; // the card that has the focus when the pipe is drawn anew, where nothing else has it

function card(text, told, chosen, { id, here, words, refused, drop: dropped }) {
  const thumb = make("span", { class: "thumb", "aria-hidden": "true" });
  if (told && told.thumb) thumb.append(written(told.thumb));
  const inside = [make("span", {}, make("b", {}, text), make("small", refused ? { class: "refused" } : {}, words))];
  const choose = make("button", { type: "button", id, class: "plain", onclick: chosen }, thumb, ...inside);
  const remove = dropped ? button("×", dropped, { class: "plain", "aria-label": `Remove ${text}` }) : null;
  return make("li", here ? { "aria-current": "step" } : {}, choose, remove);
}

function select(place) {
  page.at = place;
  changed("open");
}

function drop(place) {
  const [gone] = page.stages.splice(place, 1);
  if (place === 0) page.stages[0].inputs = formOf(page.stages[0]).reads ? gone.inputs : [];
  page.at = Math.min(page.at, page.stages.length - 1);
  page.cell = null;
  wanted = `stage-${page.at}`;
  changed("new");
}

// The plus: commands by chapter; what is chosen begins as its manual does.
export function drawPlus() {
  const menu = byId("plus");
  const chapters = Object.entries(page.lab.chapters).map(([chapter, commands]) =>
    make("div", {}, make("b", {}, chapter), ...Object.entries(commands).filter(([name]) => !page.lab.beginners.includes(name)).map(([name, text]) =>
      button(name, () => { menu.open = false; tried(() => add(name)); }, { class: "plain", title: text }))),
  );
  menu.replaceChildren(make("summary", { "aria-label": "Add a command to the pipe", title: "Add a command to the pipe" }, "+"), make("div", { class: "menu" }, ...chapters));
  menu.addEventListener("toggle", () => within(menu.querySelector(".menu")));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
}

// A menu that would end beyond the window begins so much further to the left.
function within(menu) {
  menu.style.left = "";
  const { left, right } = menu.getBoundingClientRect();
  const over = Math.min(right + 8 - document.documentElement.clientWidth, left - 8);
  if (over > 0) menu.style.left = `${-over}px`;
}

async function add(name) {
  const newest = takeTurn();
  const stages = await example(name);
  if (!newest()) return;
  const like = stages.find((stage) => stage.command === name) || { command: name, options: {} };
  if (!formOf(like).reads) throw new Error(`${name} reads nothing: it can only begin a pipe`);
  page.stages.push({ command: name, inputs: [], options: like.options });
  page.at = page.stages.length - 1;
  page.cell = null;
  wanted = `stage-${page.at}`;
  changed("new");
}

// A command of the same chapter takes the place of the one whose form is open; another one begins as its manual
// does, and the plus adds it to the pipe.
export async function choose(name) {
  const newest = takeTurn();
  const stages = await example(name);
  if (!newest()) return;
  const like = stages.find((stage) => stage.command === name);
  const asInManual = { stages, at: Math.max(0, stages.indexOf(like)) };
  let other = null;
  if (page.stages.length > 1 && page.at > 0 && like && sameChapter(name) && formOf(like).reads?.typed === formOf(current()).reads?.typed) {
    page.stages[page.at] = { ...like, inputs: [] };
  } else if ((page.stages.length > 1 || stages.length === 1) && like && kept(name, like)) {
    page.stages[page.at] = { ...like, inputs: current().inputs };
    if (page.stages.length === 1) other = asInManual;
  } else {
    Object.assign(page, asInManual);
  }
  page.cell = null;
  changed("new");
  page.other = other;
}

const sameChapter = (name) => current().command in Object.values(page.lab.chapters).find((commands) => name in commands);

function kept(name, like) {
  const both = [formOf(like), formOf(current())];
  return page.at === 0 && sameChapter(name) && current().inputs.length > 0 && both.every((form) => form.reads && !form.arguments.length);
}

// What the first command reads.
export async function read(word) {
  const newest = takeTurn();
  await describe("show");
  if (!newest()) return;
  const form = formOf(page.stages[0]);
  if (!form.reads) page.stages = [{ command: "show", inputs: [word], options: {} }];
  else page.stages[0].inputs = [...page.stages[0].inputs.slice(0, form.arguments.length), word];
  page.at = Math.min(page.at, page.stages.length - 1);
  page.cell = null;
  changed("new");
}
