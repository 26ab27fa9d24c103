// Cells of pictures and tables: what stands under the pointer, which one is chosen, which it came from.

import { ask } from "./asking.js";
import { make } from "./elements.js";
import { byId, changed, formOf, last, page } from "./state.js";
import { request } from "./words.js";

const { cameFrom, cellOf, mark, placeIn, placeOf, shows } = Cells; // of pages that stand by themselves, too
const MARKS = 2000; // cells that are lit at once
const REST = 120; // milliseconds that the pointer rests before values are fetched
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// Which story an element stands in, -1 where that cannot be told; and the tensor whose cells are explained in it.
function storyOf(element) {
  const article = element.closest("article.story");
  if (!article) return page.explained.length > 1 ? -1 : 0;
  return Number(article.dataset.story ?? [...byId("story").querySelectorAll("article.story")].indexOf(article));
}

const explainedIn = (story) => (formOf(last()).explains && page.explained[story]) || null;

function asks(element) {
  const told = explainedIn(storyOf(element));
  return told !== null && shows(element, told.name);
}

// ---- values: fetched once a run and tensor, when they are looked at -----------------------------------------

let values = new Map();
export function forget() {
  values = new Map();
  byId("tip").hidden = true;
}

const keyOf = (story, name) => `${story} ${name}`;

async function valuesOf(story, name) {
  const key = keyOf(story, name);
  if (!values.has(key)) values.set(key, fetched(story, name));
  return values.get(key);
}

async function fetched(story, name) {
  const answer = await ask({ values: { stages: request(), of: name, story, marks: page.marks } });
  if (answer.changed) changed("same"); // these files are others than those of the story
  if (answer.error) return null;
  const bytes = Uint8Array.from(atob(answer.data), (letter) => letter.charCodeAt(0));
  return { shape: answer.shape, axes: answer.axes, labels: answer.labels, numbers: new Float32Array(bytes.buffer) };
}

async function words(image, cell) {
  const [story, name] = [storyOf(image), image.dataset.of];
  const found = story < 0 ? null : await valuesOf(story, name);
  if (!found) return cell;
  const places = cell.split(",").map(Number);
  const at = places.reduce((sum, place, axis) => sum * found.shape[axis] + place, 0);
  const value = found.numbers[at];
  const where = places.map((place, axis) => `${found.axes[axis]} ${found.labels[axis]?.[place] ?? place}`).join(", ");
  return value === undefined ? where : `${where}: ${Number(value.toPrecision(5))}`;
}

// ---- what can be chosen --------------------------------------------------------------------------------------

export function prepareCells(story, choose) {
  for (const image of story.querySelectorAll("[data-cells]")) preparePicture(image, choose);
  for (const table of story.querySelectorAll("table, svg")) prepareTable(table, choose);
}

function preparePicture(image, choose) {
  const over = image instanceof SVGElement ? image : wrapped(image);
  let rest = 0;
  over.addEventListener("mousemove", (event) => {
    const cell = cellOf(image, placeOf(image, event));
    const [x, y] = [event.clientX, event.clientY];
    tip(cell, x, y);
    clearTimeout(rest);
    rest = setTimeout(async () => tip(await words(image, cell), x, y), values.has(keyOf(storyOf(image), image.dataset.of)) ? 0 : REST);
  });
  over.addEventListener("mouseleave", () => {
    clearTimeout(rest);
    setTimeout(() => { byId("tip").hidden = true; }, 0);
  });
  if (!asks(image)) return;
  over.classList.add("asks");
  over.tabIndex = 0;
  over.setAttribute("role", "application");
  over.setAttribute("aria-label", `Cells of ${image.dataset.of}: arrows move, Enter shows the arithmetic`);
  over.addEventListener("click", (event) => {
    image.dataset.at = placeOf(image, event).join(",");
    choose(cellOf(image, placeOf(image, event)), storyOf(image));
  });
  over.addEventListener("keydown", (event) => keyInPicture(image, event, choose));
}

function wrapped(image) {
  const over = make("div", { class: "over" });
  image.replaceWith(over);
  over.append(image);
  return over;
}

async function keyInPicture(image, event, choose) {
  const place = (image.dataset.at || placeIn(image, (page.story === storyOf(image) && page.cell) || "", false)?.join(",") || "0,0").split(",").map(Number);
  if (event.key === "Enter") {
    event.preventDefault();
    choose(cellOf(image, place), storyOf(image));
  }
  if (!(event.key in STEPS)) return;
  event.preventDefault();
  const far = event.shiftKey ? 10 : 1;
  const most = [image.dataset.rows - 1, image.dataset.columns - 1];
  const next = place.map((one, axis) => Math.max(0, Math.min(most[axis], one + far * STEPS[event.key][axis])));
  image.dataset.at = next.join(",");
  mark(image, [[...next, "chosen"]]);
  const told = await words(image, cellOf(image, next));
  if (image.dataset.at !== next.join(",")) return;
  const box = image.getBoundingClientRect();
  tip(told, box.left + (box.width * (next[1] + 1)) / image.dataset.columns, box.top + (box.height * (next[0] + 1)) / image.dataset.rows);
  byId("spoken").textContent = told;
}

function tip(text, x, y) {
  const box = byId("tip");
  box.textContent = text;
  box.hidden = false;
  box.style.left = `${Math.max(0, Math.min(x + 14, innerWidth - box.offsetWidth - 8))}px`;
  box.style.top = `${y + 18 + box.offsetHeight > innerHeight ? y - 10 - box.offsetHeight : y + 18}px`;
}

// One cell of a table, or of a drawing, is in the order of the tab key; arrows lead to the others.
function prepareTable(table, choose) {
  const cells = [...table.querySelectorAll("[data-cell]")].filter(asks);
  for (const [place, cell] of cells.entries()) {
    cell.tabIndex = place ? -1 : 0;
    cell.classList.add("asks");
    if (table.tagName === "TABLE") cell.title = `cell ${cell.dataset.cell}`;
    cell.addEventListener("click", () => choose(cell.dataset.cell, storyOf(cell)));
    cell.addEventListener("keydown", (event) => {
      if (event.key === "Enter") choose(cell.dataset.cell, storyOf(cell));
      if (event.key in STEPS) {
        moveInTable(cell, cells, STEPS[event.key]);
        event.preventDefault();
      }
    });
  }
  if (cells.length && table.tagName === "TABLE") table.setAttribute("role", "grid");
}

function moveInTable(cell, cells, [down, across]) {
  let next = cell;
  if (across) next = cells[cells.indexOf(cell) + across];
  else {
    const row = cell.parentElement;
    const other = down > 0 ? row.nextElementSibling : row.previousElementSibling;
    next = other?.children[[...row.children].indexOf(cell)];
  }
  if (!next || !cells.includes(next)) return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

const ofCell = (cell) => cell.dataset.of || cell.closest("[data-of]")?.dataset.of;

// ---- marks: the cell that was chosen, and those that it came from ---------------------------------------------

export function light() {
  const sources = cameFrom(byId("arithmetic"));
  for (const image of document.querySelectorAll("#story [data-cells]")) {
    const own = asks(image);
    const here = storyOf(image) === page.story;
    const cells = [...((here && sources.get(image.dataset.of)) || [])].slice(0, MARKS).map((cell) => [placeIn(image, cell, !own), "lit"]);
    if (page.cell !== null && own && here) cells.push([placeIn(image, page.cell, false), "chosen"]);
    mark(image, cells.filter(([place]) => place).map(([place, kind]) => [...place, kind]));
  }
  for (const cell of document.querySelectorAll("#story [data-cell]")) {
    const of = ofCell(cell);
    const here = storyOf(cell) === page.story;
    const chosen = here && page.cell === cell.dataset.cell && asks(cell);
    cell.classList.toggle("chosen", chosen);
    cell.classList.toggle("lit", !chosen && here && (sources.get(of)?.has(cell.dataset.cell) ?? false));
  }
}
