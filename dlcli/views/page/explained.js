// A page that holds the arithmetic of its cells: packed as deflated JSON, unpacked when it is opened.

(async () => {
  const holder = document.getElementById("explanations");
  const packed = Uint8Array.from(atob(holder.textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const { name, shape, axes, values, cells } = JSON.parse(await new Response(stream).text());
  const story = document.getElementById("story");
  const arithmetic = document.getElementById("arithmetic");
  const partsOf = (cell) => (cell === "()" ? [] : cell.split(",").map(Number));
  const valued = (cell, words) => {
    const parts = partsOf(cell);
    const inside = parts.length === shape.length && parts.every((part, axis) => part >= 0 && part < shape[axis]);
    const value = inside && values[parts.reduce((place, part, axis) => place * shape[axis] + part, 0)];
    return value ? `${words}: ${value}` : words;
  };
  const told = (cell) =>
    valued(cell, partsOf(cell).map((part, axis) => `${axes[axis]?.[0]} ${axes[axis]?.[1]?.[part] ?? part}`).join(", ") || cell);
  // A picture in colours shows one channel's arithmetic, and leads to that of the others.
  const beside = (cell) => {
    const start = `${partsOf(cell).slice(0, 2).join(",")},`;
    const others = shape.length === 3 ? Object.keys(cells).filter((other) => other !== cell && other.startsWith(start)) : [];
    return others.slice(0, 12).map((other) => {
      const link = document.createElement("button");
      link.textContent = told(other);
      link.addEventListener("click", () => show(other));
      return link;
    });
  };
  const show = (cell) => {
    const title = document.createElement("h2");
    title.textContent = `Cell ${valued(cell, cell)}`;
    arithmetic.innerHTML = cells[cell] || "<p>Its arithmetic is not in this page.</p>";
    arithmetic.prepend(title, ...beside(cell));
    Cells.light(story, arithmetic, name, cell);
    arithmetic.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", `#${cell}`);
  };
  Cells.prepare(story, name, show, told);
  // The cell whose place was typed, by indices or by the names of places; null where there is none.
  const placed = (typed) => {
    const names = (axis) => axes[axis]?.[1] ?? [];
    const index = (word, axis) => (names(axis).includes(word) ? names(axis).indexOf(word) : /^\d+$/.test(word) ? Number(word) : -1);
    const parts = shape.length === 1 && names(0).includes(typed) ? [typed] : typed.split(",").map((part) => part.trim());
    const at = parts.map(index);
    const inside = at.length === shape.length && at.every((place, axis) => place >= 0 && place < shape[axis]);
    return inside ? at.join(",") : null;
  };
  const field = document.getElementById("cell");
  const range = shape.map((length, axis) => `${axes[axis]?.[0]} 0 to ${length - 1}`).join(", ");
  field.placeholder = Object.keys(cells)[0];
  field.title = range;
  field.addEventListener("change", () => {
    const typed = field.value.trim();
    const cell = placed(typed);
    if (cell !== null) show(cell);
    else if (typed) arithmetic.textContent = `There is no cell ${typed}: ${range}`;
  });
  if (location.hash.length > 1) show(decodeURIComponent(location.hash.slice(1)));
  arithmetic.dataset.ready = "";
})();
