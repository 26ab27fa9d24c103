// Everything that is seen is in the address, as the line of the shell; a reload remembers the open form, too.

import { page } from "./state.js";

let shown = null;

// The line, and which of its stories a cell is of: a sign of the line itself never stands bare in an address.
export const addressed = () => {
  const [, word, story] = /^#?(.*?)(?:&story=(\d+))?$/s.exec(location.hash);
  try {
    return { line: decodeURIComponent(word), story: Number(story || 0) };
  } catch {
    return { line: word, story: 0 };
  }
};

// Whether the address is another one than that which is shown, or is on its way to be; it is on its way then.
export function isNew() {
  const other = location.hash !== shown;
  shown = location.hash;
  return other;
}

let dragging = false;

export function remember(how) {
  if (!page.line || how === "not") return;
  const before = page.line.slice(0, page.line.length - page.behind.length);
  const cell = (page.cell || "()").replaceAll("'", "'\\''");
  const line = page.cell === null ? page.line : `${before} --explain '${cell}'${page.behind}`;
  const story = page.cell !== null && page.story ? `&story=${page.story}` : "";
  const address = `#${encodeURIComponent(line)}${story}`;
  document.title = `${page.line} · dlcli lab`;
  shown = address;
  const added = address !== location.hash && how !== "same" && !dragging;
  dragging = how === "drag";
  if (added) history.pushState({ at: page.at }, "", address);
  else history.replaceState({ at: page.at }, "", address);
}
