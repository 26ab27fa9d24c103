// Elements are made of text and attributes alone: what others wrote never becomes markup here.

export function make(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...inside.filter((one) => one !== null && one !== undefined));
  return element;
}

export const button = (text, onclick, more = {}) => make("button", { type: "button", onclick, ...more }, text);

// Something drawn anew keeps the focus where it was, by the id of the control.
export function redrawn(parent, ...inside) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.id : "";
  parent.replaceChildren(...inside);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

// What the server wrote: stories and small pictures, whose text is escaped there. Pictures are decoded before
// they are shown, so that nothing flickers while a slider is dragged.
export function written(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const image of template.content.querySelectorAll("img")) image.decoding = "sync";
  return template.content;
}
