// Cells of pictures and tables: what stands under the pointer, which one is chosen, which it came from.

import { ask } from "./asking.js";
import { make } from "./elements.js";
import { byId, formOf, last, page } from "./state.js";
import { request } from "./words.js";

const MARKS = 2000; // cells that are lit at once
const REST = 120; // milliseconds that the pointer rests before values are fetched
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

const isExplained = (name) => page.explained !== null && formOf(last()).explains && page.explained.name === name;

// ---- values: fetched once a run and tensor, when they are looked at -----------------------------------------

let values = new Map();
export function forget() {
  values = new Map();
  byId("tip").hidden = true;
}

async function valuesOf(name) {
  if (!values.has(name)) values.set(name, fetched(name));
  return values.get(name);
}

async function fetched(name) {
  const answer = await ask({ values: { stages: request(), of: name } });
  if (answer.error) return null;
  const bytes = Uint8Array.from(atob(answer.data), (letter) => letter.charCodeAt(0));
  return { shape: answer.shape, axes: answer.axes, numbers: new Float32Array(bytes.buffer) };
}

async function words(name, cell) {
  const found = await valuesOf(name);
  if (!found) return cell;
  const places = cell.split(",").map(Number);
  const at = places.reduce((sum, place, axis) => sum * found.shape[axis] + place, 0);
  const value = found.numbers[at];
  const where = places.map((place, axis) => `${found.axes[axis]} ${place}`).join(", ");
  return value === undefined ? where : `${where}: ${String(Number(value.toPrecision(5)))}`;
}

// ---- what can be chosen --------------------------------------------------------------------------------------

export function prepareCells(story, choose) {
  for (const image of story.querySelectorAll("img[data-cells]")) preparePicture(image, choose);
  for (const table of story.querySelectorAll("table")) prepareTable(table, choose);
}

function preparePicture(image, choose) {
  const over = make("div", { class: "over" });
  image.replaceWith(over);
  over.append(image);
  let rest = 0;
  over.addEventListener("mousemove", (event) => {
    const cell = cellOf(image, placeOf(image, event));
    const [x, y] = [event.clientX, event.clientY];
    tip(cell, x, y);
    clearTimeout(rest);
    rest = setTimeout(async () => tip(await words(image.dataset.of, cell), x, y), values.has(image.dataset.of) ? 0 : REST);
  });
  over.addEventListener("mouseleave", () => {
    clearTimeout(rest);
    setTimeout(() => { byId("tip").hidden = true; }, 0);
  });
  if (!isExplained(image.dataset.of)) return;
  over.classList.add("asks");
  over.tabIndex = 0;
  over.setAttribute("role", "application");
  over.setAttribute("aria-label", `Cells of ${image.dataset.of}: arrows move, Enter shows the arithmetic`);
  over.addEventListener("click", (event) => {
    image.dataset.at = placeOf(image, event).join(",");
    choose(cellOf(image, placeOf(image, event)));
  });
  over.addEventListener("keydown", (event) => keyInPicture(image, event, choose));
}

async function keyInPicture(image, event, choose) {
  const place = (image.dataset.at || placeIn(image, page.cell || "")?.join(",") || "0,0").split(",").map(Number);
  if (event.key === "Enter") {
    event.preventDefault();
    choose(cellOf(image, place));
  }
  if (!(event.key in STEPS)) return;
  event.preventDefault();
  const far = event.shiftKey ? 10 : 1;
  const most = [image.dataset.rows - 1, image.dataset.columns - 1];
  const next = place.map((one, axis) => Math.max(0, Math.min(most[axis], one + far * STEPS[event.key][axis])));
  image.dataset.at = next.join(",");
  mark(image, [[...next, "chosen"]]);
  const told = await words(image.dataset.of, cellOf(image, next));
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

// One cell of a table is in the order of the tab key; arrows lead to the others.
function prepareTable(table, choose) {
  const cells = [...table.querySelectorAll("[data-cell]")].filter((cell) => isExplained(ofCell(cell)));
  for (const [place, cell] of cells.entries()) {
    cell.tabIndex = place ? -1 : 0;
    cell.classList.add("asks");
    cell.title = `cell ${cell.dataset.cell}`;
    cell.addEventListener("click", () => choose(cell.dataset.cell));
    cell.addEventListener("keydown", (event) => {
      if (event.key === "Enter") choose(cell.dataset.cell);
      if (event.key in STEPS) {
        moveInTable(cell, cells, STEPS[event.key]);
        event.preventDefault();
      }
    });
  }
  if (cells.length) table.setAttribute("role", "grid");
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

// ---- from a place in a picture to a cell, and back ------------------------------------------------------------

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
  return image.dataset.cells.split(",").map((part) => places[part] ?? part).join(",");
}

// Where a cell stands in a picture; null where it does not. A photo has a pixel for all channels of a place.
function placeIn(image, cell) {
  const parts = cell.split(",");
  const pattern = image.dataset.cells.split(",");
  if (parts.length < pattern.length || !parts.every((part) => /^\d+$/.test(part))) return null;
  let [row, column] = [0, 0];
  for (const [axis, part] of pattern.entries()) {
    if (part === "r") row = Number(parts[axis]);
    else if (part === "R") row = image.dataset.rows - 1 - Number(parts[axis]);
    else if (part === "c") column = Number(parts[axis]);
    else if (part !== parts[axis]) return null;
  }
  return row < image.dataset.rows && column < image.dataset.columns ? [row, column] : null;
}

// ---- marks: the cell that was chosen, and those that it came from ---------------------------------------------

export function light() {
  const sources = cameFrom();
  for (const image of document.querySelectorAll("#story img[data-cells]")) {
    const cells = [...(sources.get(image.dataset.of) || [])].slice(0, MARKS).map((cell) => [cell, "lit"]);
    if (page.cell !== null && isExplained(image.dataset.of)) cells.push([page.cell, "chosen"]);
    mark(image, cells.map(([cell, kind]) => [placeIn(image, cell), kind]).filter(([place]) => place).map(([place, kind]) => [...place, kind]));
  }
  for (const cell of document.querySelectorAll("#story [data-cell]")) {
    const of = ofCell(cell);
    const chosen = page.cell === cell.dataset.cell && isExplained(of);
    cell.classList.toggle("chosen", chosen);
    cell.classList.toggle("lit", !chosen && (sources.get(of)?.has(cell.dataset.cell) ?? false));
  }
}

// The cells that the arithmetic names, by the tensors that they are of.
function cameFrom() {
  const found = new Map();
  const add = (of, cell) => found.set(of, (found.get(of) || new Set()).add(cell));
  for (const section of document.querySelectorAll("#arithmetic [data-from]"))
    for (const cell of section.dataset.from.split(" ")) add(section.dataset.of, cell);
  for (const cell of document.querySelectorAll("#arithmetic [data-cell]")) {
    const of = ofCell(cell);
    if (of && !(isExplained(of) && cell.dataset.cell === page.cell)) add(of, cell.dataset.cell);
  }
  return found;
}

function mark(image, marks) {
  const over = image.parentElement;
  over.querySelector("svg.marks")?.remove();
  if (!marks.length) return;
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const attributes = { class: "marks", viewBox: `0 0 ${image.dataset.columns} ${image.dataset.rows}`, preserveAspectRatio: "none", "aria-hidden": "true" };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  for (const [row, column, kind] of marks) {
    const box = document.createElementNS(space, "rect");
    for (const [key, value] of Object.entries({ x: column, y: row, width: 1, height: 1, class: kind })) box.setAttribute(key, value);
    svg.append(box);
  }
  over.append(svg);
}
