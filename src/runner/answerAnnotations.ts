/** Answers to predictions in a manifest's text: read from the annotations and written there, all else untouched. */
import { type Document, isScalar, parseAllDocuments, stringify } from "yaml";
import type { Question } from "../grader/guess.ts";
import { isOpen } from "../grader/prediction.ts";

/** What the file says so far; an open question is not among them. Undefined: the file cannot be read as YAML. */
export function readAnswers(text: string, questions: readonly Question[]): Record<string, string> | undefined {
  const pod = podIn(text);
  if (!pod) return undefined;
  return Object.fromEntries(
    questions.flatMap(({ name }) => {
      const said = pod.getIn([...annotations, name]);
      return isOpen(said) ? [] : [[name, String(said)]];
    }),
  );
}

/** The text with these answers; an empty one opens its question again. Undefined: the file cannot be read as YAML. */
export function writeAnswers(text: string, answers: Readonly<Record<string, string>>): string | undefined {
  let written = text;
  for (const [name, said] of Object.entries(answers)) {
    const pod = podIn(written);
    if (!pod) return undefined;
    const quoted = JSON.stringify(said.trim() === "" ? "?" : said.trim());
    const at = pod.getIn([...annotations, name], true);
    if (isScalar(at) && at.range) written = written.slice(0, at.range[0]) + quoted + written.slice(at.range[1]);
    else written = withAnnotation(written, pod, name, quoted);
  }
  return written;
}

const annotations = ["metadata", "annotations"];

/** The document that is a Pod, else the first. */
function podIn(text: string): Document | undefined {
  const documents = parseAllDocuments(text, { uniqueKeys: false });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
  return documents.find((one) => one.get("kind") === "Pod") ?? documents[0];
}

/** For one that was taken out of the file: only then the Pod is written anew, with its comments. */
function withAnnotation(text: string, pod: Document, name: string, quoted: string): string {
  pod.setIn([...annotations, name], JSON.parse(quoted));
  const [from, , to] = pod.range!;
  return `${text.slice(0, from)}${stringify(pod, { lineWidth: 0 })}${text.slice(to)}`;
}
