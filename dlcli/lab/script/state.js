// What the page shows, as data: a pipe of commands, the stage whose form is open, the cell that is explained.

export const page = {
  stages: [], // {command, inputs: [word], options: {flag: [value]}}; a switch's value is true or false
  at: 0, // the stage whose form is shown
  cell: null, // the cell whose arithmetic is shown, as it is typed after --explain
  story: 0, // the story it is a cell of: one for each input
  line: "", // what would be typed into a shell
  behind: "", // its end where that is "--" and inputs: options stand before it
  explained: [], // the tensor whose cells can be asked for, of each story: {name, shape, axes, labels}
  marks: {}, // the files that the story was made of, as they were then
  other: null, // {stages, at} that take the place of what has just been chosen, if that is refused
  lab: null, // chapters of commands, samples, files
  forms: {}, // descriptions of commands, by name
};

export const current = () => page.stages[page.at];
export const last = () => page.stages[page.stages.length - 1];
export const formOf = (stage) => page.forms[stage.command];

// A change of the pipe: "push" leaves the address before it to the back button; all of a "drag" and the "push"
// that ends it are one change; "new" means that there are other controls, too, and "open" that only these are.
let listener = () => {};
export const onChange = (listens) => { listener = listens; };
export function changed(how) {
  takeTurn();
  listener(how);
}

// What is clicked last wins: who has to wait for an answer asks behind it whether it is still the newest.
let turn = 0;
export function takeTurn() {
  page.other = null;
  turn += 1;
  const mine = turn;
  return () => mine === turn;
}

export const byId = (id) => document.getElementById(id);
export const count = (what) => { document.body.dataset[what] = String(Number(document.body.dataset[what] || 0) + 1); };
