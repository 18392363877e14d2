// @ts-check
// What the check of arguments says.
import { plural } from "../../app/format.js";

export const words = {
  needed: "This is needed.", aText: "a text", aNumber: "a number", aWholeNumber: "a whole number", aBoolean: "true or false", aList: "a list", anObject: "an object",
  oneOfThese: "one of the choices", mustBe: (what) => `This must be ${what}.`, notOneOf: "This is none of the choices.", notWhole: "This must be a whole number.",
  tooShort: (least) => `This must have at least ${plural(least, "character")}.`, tooLong: (most) => `This may have at most ${plural(most, "character")}.`,
  pattern: (pattern) => `This must match ${pattern.length > 80 ? `${pattern.slice(0, 80)}…` : pattern}`, tooSmall: (least) => `This must be ${least} or more.`, tooBig: (most) => `This must be ${most} or less.`,
  mustExceed: (least) => `This must be more than ${least}.`, mustBeBelow: (most) => `This must be less than ${most}.`, notMultiple: (step) => `This must be a multiple of ${step}.`,
  tooFew: (least) => `This needs at least ${plural(least, "item")}.`, tooMany: (most) => `This may have at most ${plural(most, "item")}.`, notUnique: "No two items may be the same.",
  emptyItem: "Fill this in, or remove it.", notKnown: (name) => `The tool knows no “${name.length > 60 ? `${name.slice(0, 60)}…` : name}”.`, tooFewMembers: (least) => `This needs at least ${plural(least, "field")}.`,
};
