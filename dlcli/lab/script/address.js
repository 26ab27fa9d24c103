// Everything that is seen is in the address, as the line of the shell; a reload remembers the open form, too.

import { page } from "./state.js";

let shown = null;

export const addressed = () => {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return location.hash.slice(1);
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
  if (!page.line) return;
  const line = page.cell === null ? page.line : `${page.line} --explain '${page.cell || "()"}'`;
  const address = `#${encodeURIComponent(line)}`;
  document.title = `${page.line} · dlcli lab`;
  shown = address;
  const added = address !== location.hash && how !== "same" && !dragging;
  dragging = how === "drag";
  if (added) history.pushState({ at: page.at }, "", address);
  else history.replaceState({ at: page.at }, "", address);
}
