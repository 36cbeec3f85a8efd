/** What is understood before a command and after it, and what is taken from the environment: for the parser, help and the manual. */

export const globalOptions: readonly (readonly [flags: string, description: string])[] = [
  ["--plain", "linear text: no colours, no boxes, no cursor movement (for screen readers)"],
  ["--color <when>", "always, never or auto"],
  ["--no-color", "the same as --color never"],
  ["--lang <code>", "the language of the lessons, for example ko; what is not translated is English"],
  ["--course <path>", "a course of somebody else: a folder, or an installed package"],
];

export const environment: readonly (readonly [name: string, means: string])[] = [
  ["COURSE_HOME", "the folder with your files and your progress: your workspace"],
  ["COURSE_LANG", "the same as --lang"],
  ["COURSE_PLAIN", "the same as --plain"],
  ["NO_COLOR, FORCE_COLOR", "no colours; colours also where standard output is no terminal"],
  ["VISUAL, EDITOR", "your editor"],
  ["NO_UPDATE_NOTIFIER", "no word about this version's age"],
];
