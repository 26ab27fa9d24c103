// A page that holds the arithmetic of its cells: packed as deflated JSON, unpacked when it is opened.

(async () => {
  const holder = document.getElementById("explanations");
  const packed = Uint8Array.from(atob(holder.textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const { name, shape, values, cells } = JSON.parse(await new Response(stream).text());
  const story = document.getElementById("story");
  const arithmetic = document.getElementById("arithmetic");
  const told = (cell) => {
    const parts = cell === "()" ? [] : cell.split(",").map(Number);
    const at = parts.reduce((place, part, axis) => place * shape[axis] + part, 0);
    return values.length ? `${cell}: ${values[at]}` : cell;
  };
  const show = (cell) => {
    const title = document.createElement("h2");
    title.textContent = `Cell ${told(cell)}`;
    arithmetic.innerHTML = cells[cell] || "<p>Its arithmetic is not in this page.</p>";
    arithmetic.prepend(title);
    Cells.light(story, arithmetic, name, cell);
    arithmetic.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", `#${cell}`);
  };
  Cells.prepare(story, name, show, told);
  if (location.hash.length > 1) show(decodeURIComponent(location.hash.slice(1)));
  arithmetic.dataset.ready = "";
})();
