"use strict";
// What a page does with the cells of a tensor: which one the pointer is over, which are lit up. A picture has
// data-cells, where r, c and R stand for row, column and row from below; a cell of a table has data-cell; a section
// whose numbers were made from cells of an input has these in data-from.

const Cells = (() => {
  const SPACE = "http://www.w3.org/2000/svg";

  // The row and the column of a picture that the pointer is over.
  function placeOf(image, event) {
    const box = image.getBoundingClientRect();
    const within = (share, most) => Math.max(0, Math.min(most - 1, Math.floor(share * most)));
    return [
      within((event.clientY - box.top) / box.height, Number(image.dataset.rows)),
      within((event.clientX - box.left) / box.width, Number(image.dataset.columns)),
    ];
  }

  // The cell at a row and a column of a picture.
  function cellOf(image, [row, column]) {
    const places = { r: row, c: column, R: image.dataset.rows - 1 - row };
    return image.dataset.cells
      .split(",")
      .map((part) => (part in places ? places[part] : part))
      .join(",");
  }

  // The row and the column at which a picture shows a cell; null where it does not. A pixel of a photo is the
  // place of all its channels; with `whole` so is that of a picture of one of them.
  function placeIn(image, cell, whole) {
    const parts = cell.split(",");
    const pattern = image.dataset.cells.split(",");
    if (parts.length < pattern.length || !parts.every((part) => /^\d+$/.test(part))) return null;
    let [row, column] = [0, 0];
    for (const [at, part] of pattern.entries()) {
      if (part === "r") row = Number(parts[at]);
      else if (part === "R") row = image.dataset.rows - 1 - Number(parts[at]);
      else if (part === "c") column = Number(parts[at]);
      else if (part !== parts[at] && !whole) return null;
    }
    return row < image.dataset.rows && column < image.dataset.columns ? [row, column] : null;
  }

  // Frames around the pixels [row, column, class] of a picture, which is an element of HTML or stands in a drawing.
  function mark(image, marks) {
    image.frames?.remove();
    if (!marks.length) return;
    const drawn = image instanceof SVGElement;
    const svg = document.createElementNS(SPACE, "svg");
    const set = (element, facts) => Object.entries(facts).forEach(([key, value]) => element.setAttribute(key, value));
    const box = `0 0 ${image.dataset.columns} ${image.dataset.rows}`;
    set(svg, { class: drawn ? "framed" : "marks", viewBox: box, preserveAspectRatio: "none", "aria-hidden": "true" });
    if (drawn) for (const name of ["x", "y", "width", "height"]) svg.setAttribute(name, image.getAttribute(name));
    for (const [row, column, kind] of marks) {
      const frame = document.createElementNS(SPACE, "rect");
      set(frame, { x: column, y: row, width: 1, height: 1, class: kind });
      svg.append(frame);
    }
    image.after(svg);
    image.frames = svg;
  }

  // Whether an element shows cells of the tensor of a name; an input of the same name as the result does not,
  // where the result is shown, too.
  function shows(element, name) {
    const owner = element.closest("[data-of]");
    if (!owner || owner.dataset.of !== name) return false;
    const input = '[data-part="input"]';
    if (!element.closest(input)) return true;
    const all = [...(element.closest(".story")?.querySelectorAll("[data-cells], [data-cell]") || [])];
    return !all.some((one) => one.closest("[data-of]")?.dataset.of === name && !one.closest(input));
  }

  // An element around a picture that can be pointed at; one in a drawing is that itself.
  function around(image) {
    if (image instanceof SVGElement) return image;
    const over = document.createElement("div");
    over.className = "over";
    image.replaceWith(over);
    over.append(image);
    return over;
  }

  // What is said of an element under the pointer.
  function entitle(element, text) {
    if (!(element instanceof SVGElement)) {
      element.title = text;
      return;
    }
    const title = element.querySelector("title") || element.appendChild(document.createElementNS(SPACE, "title"));
    title.textContent = text;
  }

  // Make the cells of a tensor answer to clicks and keys: chosen(cell) shows one, told(cell) is said of it.
  function prepare(story, name, chosen, told) {
    for (const image of story.querySelectorAll("[data-cells]")) {
      const over = around(image);
      if (!shows(image, name)) continue;
      let place = [0, 0];
      const say = () => entitle(image, told(cellOf(image, place)));
      over.tabIndex = 0;
      over.classList.add("asks");
      over.setAttribute("role", "application");
      over.setAttribute("aria-label", "Cells of the picture: arrows move, Enter shows the arithmetic");
      over.addEventListener("mousemove", (event) => {
        place = placeOf(image, event);
        say();
      });
      over.addEventListener("click", (event) => {
        place = placeOf(image, event);
        chosen(cellOf(image, place));
      });
      over.addEventListener("keydown", (event) => {
        const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
        if (!step && event.key !== "Enter") return;
        event.preventDefault();
        if (event.key === "Enter") {
          chosen(cellOf(image, place));
          return;
        }
        const far = event.shiftKey ? 10 : 1;
        place = [
          Math.max(0, Math.min(image.dataset.rows - 1, place[0] + far * step[0])),
          Math.max(0, Math.min(image.dataset.columns - 1, place[1] + far * step[1])),
        ];
        mark(image, [[...place, "chosen"]]);
        say();
      });
    }
    for (const cell of story.querySelectorAll("[data-cell]")) {
      if (!shows(cell, name)) continue;
      cell.tabIndex = 0;
      entitle(cell, told(cell.dataset.cell));
      cell.addEventListener("click", () => chosen(cell.dataset.cell));
      cell.addEventListener("keydown", (event) => event.key === "Enter" && chosen(cell.dataset.cell));
    }
  }

  // The cells that arithmetic names, as sets by the tensors that they are of.
  function cameFrom(arithmetic) {
    const sources = new Map();
    const add = (of, cell) => sources.set(of, (sources.get(of) || new Set()).add(cell));
    for (const part of arithmetic.querySelectorAll("[data-from]"))
      for (const cell of part.dataset.from.split(" ")) add(part.dataset.of, cell);
    for (const one of arithmetic.querySelectorAll("[data-cell]")) {
      const of = one.closest("[data-of]");
      if (of) add(of.dataset.of, one.dataset.cell);
    }
    return sources;
  }

  // Light up the chosen cell of the tensor in a story, and the cells that its arithmetic names.
  function light(story, arithmetic, name, chosen) {
    for (const old of story.querySelectorAll(".lit, .chosen")) old.classList.remove("lit", "chosen");
    const sources = cameFrom(arithmetic);
    for (const image of story.querySelectorAll("[data-cells]")) {
      const marks = [];
      const own = shows(image, name);
      for (const cell of sources.get(image.dataset.of) || []) {
        const place = placeIn(image, cell, !own);
        if (place) marks.push([...place, "lit"]);
      }
      const place = chosen !== null && own ? placeIn(image, chosen, false) : null;
      if (place) marks.push([...place, "chosen"]);
      mark(image, marks);
    }
    for (const cell of story.querySelectorAll("[data-of] [data-cell]")) {
      if (sources.get(cell.closest("[data-of]").dataset.of)?.has(cell.dataset.cell)) cell.classList.add("lit");
      if (shows(cell, name) && cell.dataset.cell === chosen) cell.classList.add("chosen");
    }
  }

  return { prepare, light, shows, placeOf, cellOf, placeIn, mark, cameFrom };
})();
