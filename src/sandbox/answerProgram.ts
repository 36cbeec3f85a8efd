/** `answer TEXT`: what somebody says that they found out, for exercises that ask. */
import { utf8Decode, utf8Encode } from "../runtime/bytes.ts";
import type { Program } from "../runtime/sys.ts";

export function answerProgram(onAnswer: (text: string) => void): Program {
  return function* (sys) {
    const text = sys.argv.slice(1).map(utf8Decode).join(" ").trim();
    if (text === "") {
      yield* sys.write(2, "usage: answer TEXT\n");
      return 2;
    }
    onAnswer(text);
    yield* sys.write(1, utf8Encode(`Your answer: ${text}\n`));
    return 0;
  };
}
