// The pipe as the words of its commands, and words as the stages of a pipe.

import { ask } from "./asking.js";
import { formOf, page } from "./state.js";

export function wordsOf(stage) {
  const words = [stage.command];
  for (const [flag, values] of Object.entries(stage.options)) {
    for (const value of values) {
      if (value === true) words.push(flag);
      else if (value === false) words.push(optionOf(stage, flag)?.off || flag);
      else if (value.startsWith("-")) words.push(`${flag}=${value}`);
      else if (value !== "") words.push(flag, value);
    }
  }
  const inputs = stage.inputs.filter((word) => word !== "");
  // What begins with a minus sign and is no number is an input only behind "--".
  if (inputs.some((word) => /^-(?![-+\d\s.,;/e]*$)/i.test(word))) return [...words, "--", ...inputs];
  return [words[0], ...inputs, ...words.slice(1)];
}

export const optionsOf = (stage) => (formOf(stage) ? formOf(stage).groups.flatMap((group) => group.options) : []);

const optionOf = (stage, flag) => optionsOf(stage).find((option) => option.flag === flag);

export const request = () => page.stages.map(wordsOf);

export async function describe(name) {
  if (!page.forms[name]) page.forms[name] = await ask({ form: name });
  return page.forms[name];
}

export class Refused extends Error {}

// The stages of a line, their forms known, and sentences on what the page leaves out of it; throws what is wrong
// with it.
export async function parse(line, signal) {
  const answer = await ask({ parse: line }, signal);
  if (answer.error) throw new Refused(answer.error.text);
  Object.assign(page.forms, answer.forms);
  const left = (answer.left || []).map(String);
  for (const { command, options } of answer.stages)
    for (const { flag, elsewhere } of optionsOf({ command }).filter((one) => one.elsewhere && one.flag in options)) {
      left.push(`${[flag, ...options[flag].filter((value) => typeof value === "string")].join(" ")}: ${elsewhere}`);
      delete options[flag];
    }
  return { stages: answer.stages, left };
}

// How a command begins: the first line of its manual, where it has one.
export async function example(name) {
  const { examples } = await describe(name);
  if (!examples.length) return [{ command: name, inputs: [], options: {} }];
  const { stages } = await parse(examples[0]);
  return stages.map(({ command, inputs, options }) => ({ command, inputs, options }));
}
