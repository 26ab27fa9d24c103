// The story at the right, and below it the arithmetic of a cell. Colours come as rules, never inline.

import { remember } from "./address.js";
import { ask } from "./asking.js";
import { forget, light, prepareCells } from "./cells.js";
import { button, make, redrawn, written } from "./elements.js";
import { byId, changed, count, formOf, last, page } from "./state.js";
import { request } from "./words.js";

const story = new CSSStyleSheet();
const arithmetic = new CSSStyleSheet();
document.adoptedStyleSheets = [story, arithmetic];

let told = ""; // the commands of the story that is shown: that of others is read from its beginning

export function showStory(answer) {
  const commands = page.stages.map((stage) => stage.command).join("|");
  const other = commands !== told;
  byId("story").classList.toggle("stale", answer.story === undefined && !other);
  if (answer.story === undefined && !other) return;
  story.replaceSync(answer.rules || "");
  byId("story").replaceChildren(answer.story === undefined ? nothing(answer) : written(answer.story));
  if (other) byId("story").scrollTop = 0;
  told = answer.story === undefined ? "" : commands; // what was refused is no story
  page.explained = [answer.explained ?? []].flat();
  forget();
  prepareCells(byId("story"), (cell, of) => chosen(cell, of));
  linkNext(byId("story"));
  offerCell();
  light();
}

// Any cell can be asked for by its place, be it one that no number of the story is.
function offerCell() {
  const of = [...page.explained.keys()].filter((place) => page.explained[place]);
  const can = formOf(last()).explains && of.length > 0;
  byId("any-cell").hidden = !can;
  if (!can) return;
  byId("cell-story").hidden = of.length < 2;
  redrawn(byId("cell-story"), ...of.map((place) => make("option", { value: place }, `result ${place + 1}`)));
  tellCells();
}

function tellCells() {
  const { axes, shape, of } = page.explained[byId("cell-story").value];
  byId("cell-of").textContent = `of ${of}: ${axes.map((axis, place) => `${axis} 0–${shape[place] - 1}`).join(", ") || "()"}`;
  byId("cell").placeholder = shape.map(() => 0).join(",") || "()";
}

export function listenForCells() {
  byId("cell-story").addEventListener("change", tellCells);
  byId("any-cell").addEventListener("submit", (event) => {
    event.preventDefault();
    chosen(byId("cell").value.trim() || byId("cell").placeholder, Number(byId("cell-story").value));
  });
}

function nothing(answer) {
  const name = page.stages[answer.stage ?? 0].command;
  return make("p", {}, make("strong", {}, `${name}: `), answer.error ? answer.error.text : "no story");
}

let chosen = () => {};
export const onCell = (asks) => { chosen = asks; };

export async function explain(signal) {
  const { cell, story: of } = page;
  light();
  const answer = await ask({ run: { stages: request(), cell, story: of, marks: page.marks } }, signal);
  if (page.cell !== cell || page.story !== of) return;
  if (answer.changed) {
    changed("same"); // these files are others than those of the story: it is told anew, and the cell with it
    return;
  }
  const told = answer.cell ?? cell;
  if (told !== cell) {
    page.cell = told; // it was named by words
    remember("same");
  }
  const close = button("Close", () => { chosen(null); byId("cell").focus(); }, { id: "close" });
  const head = make("div", { class: "head" }, make("h2", {}, `Cell ${told}${page.explained.length > 1 ? ` of result ${of + 1}` : ""}`), close);
  if (answer.error) {
    byId("arithmetic").replaceChildren(head, make("p", { class: "refused", role: "alert" }, answer.error.text));
  } else {
    arithmetic.replaceSync(answer.rules || "");
    byId("arithmetic").replaceChildren(head, written(answer.arithmetic || ""));
    linkNext(byId("arithmetic"));
  }
  light();
  count("explained");
}

export function closeArithmetic() {
  page.cell = null;
  page.story = 0;
  byId("arithmetic").replaceChildren();
  light();
}

let saved = () => {};
export const onSave = (asks) => { saved = asks; };

// Lines to try next are links; what begins with "… |" goes on from the pipe as it is. One that ends with
// "-o FILE" asks under which name the result is to be saved.
function linkNext(place) {
  for (const code of place.querySelectorAll('[data-part="next"] pre.copy code')) {
    const links = code.textContent.split("\n").flatMap((typed) => {
      const line = typed.startsWith("… |") ? `${page.line} |${typed.slice(3)}` : typed;
      const file = / -o (\S+)$/.exec(line);
      const link = make("a", { href: `#${encodeURIComponent(file ? line.slice(0, file.index) : line)}` }, typed);
      if (file) link.addEventListener("click", () => saved(file[1]));
      return [link, "\n"];
    });
    code.replaceChildren(...links.slice(0, -1));
  }
}
