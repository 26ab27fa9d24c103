// A matrix as a grid of numbers that can be typed over: "0 1; 1 0".

import { button, make, redrawn } from "./elements.js";

const NUMBER = "[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?(?:/\\d+)?";
const ROW = `${NUMBER}(?:[ ,]+${NUMBER})*`;
const MATRIX = new RegExp(`^\\s*${ROW}(?:\\s*;\\s*${ROW})+\\s*$`, "i");
const ONE = new RegExp(`^${NUMBER}$`, "i");
const MOST = 256; // numbers of a grid

export function rowsOf(text) {
  if (typeof text !== "string" || !MATRIX.test(text)) return null;
  const rows = text.split(";").map((row) => row.trim().split(/[ ,]+/));
  return rows.every((row) => row.length === rows[0].length) && rows.length * rows[0].length <= MOST ? rows : null;
}

export const textOf = (rows) => rows.map((row) => row.join(" ")).join("; ");

// Arrows up and down change a number by 1, with Shift by 0.1, and are live as a slider is.
export function grid(rows, name, id, set) {
  const holder = make("div", { class: "grid", role: "group", "aria-label": `${name} as numbers` });
  const write = (how) => set(textOf(rows), how);
  const cell = (r, c) => {
    const input = make("input", { type: "text", inputmode: "decimal", id: `${id}-${r}-${c}`, "aria-label": `row ${r}, column ${c}` });
    input.value = rows[r][c];
    // What is no number goes in as it was typed, so that it is refused; one cell stays one word of the matrix.
    const take = (how) => {
      rows[r][c] = input.value.trim().replace(/[\s,;]+/g, "?") || "?";
      write(how);
    };
    input.addEventListener("input", () => { if (ONE.test(input.value.trim())) take("drag"); });
    input.addEventListener("change", () => take("push"));
    input.addEventListener("focus", () => input.select());
    input.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!by || !Number.isFinite(Number(input.value))) return;
      input.value = String(Number((Number(input.value) + by * (event.shiftKey ? 0.1 : 1)).toPrecision(12)));
      take("drag");
      event.preventDefault();
    });
    return input;
  };
  const shape = (text, label, change) => button(text, () => { change(); draw(); write("push"); }, { "aria-label": label, id: `${id}-${label}` });
  const draw = () => {
    const lines = rows.map((row, r) => make("div", {}, ...row.map((_, c) => cell(r, c))));
    redrawn(
      holder,
      ...lines,
      make(
        "div",
        { class: "shape" },
        "rows ",
        shape("+", "add a row", () => rows.push(rows[0].map(() => "0"))),
        shape("−", "remove a row", () => rows.length > 1 && rows.pop()),
        " columns ",
        shape("+", "add a column", () => rows.forEach((row) => row.push("0"))),
        shape("−", "remove a column", () => rows[0].length > 1 && rows.forEach((row) => row.pop())),
      ),
    );
  };
  draw();
  return holder;
}
