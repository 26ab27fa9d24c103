// A page that holds the arithmetic of its cells: packed as deflated JSON, unpacked when it is opened.

(async () => {
  const holder = document.getElementById("explanations");
  const packed = Uint8Array.from(atob(holder.textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const { name, cells } = JSON.parse(await new Response(stream).text());
  const story = document.getElementById("story");
  const arithmetic = document.getElementById("arithmetic");
  const told = (cell) => (cell in cells ? `${cell}: ${cells[cell][0]}` : `${cell}: not in this page`);
  const show = (cell) => {
    const title = document.createElement("h2");
    title.textContent = `Cell ${told(cell)}`;
    arithmetic.innerHTML = cell in cells ? cells[cell][1] : "";
    arithmetic.prepend(title);
    Cells.light(story, arithmetic, name, cell);
    arithmetic.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", `#${cell}`);
  };
  Cells.prepare(story, name, show, told);
  if (location.hash.length > 1) show(decodeURIComponent(location.hash.slice(1)));
  arithmetic.dataset.ready = "";
})();
