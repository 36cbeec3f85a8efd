/** Scripts out of a grammar, for fast-check: they end soon, and leave alone what two machines may do differently. */
import fc from "fast-check";

type Text = fc.Arbitrary<string>;

const join = (separator: string, parts: Text, min: number, max: number): Text =>
  fc.array(parts, { minLength: min, maxLength: max }).map((list) => list.join(separator));
const pick = (...texts: readonly string[]): Text => fc.constantFrom(...texts);
/** The first is for empty strings: `t` puts texts and arbitraries one behind the other. */
function t(strings: TemplateStringsArray, ...parts: readonly Text[]): Text {
  return fc.tuple(...parts).map((values) => strings.reduce((out, text, i) => out + values[i - 1] + text));
}

const name = pick("a", "b", "c", "x", "IFS", "PATH_", "HOME");
const variable = pick("a", "b", "c", "x", "y");
const number = pick("0", "1", "2", "3", "7", "10", "-1", "010", "0x1f", "99");
const plain = pick(
  "a",
  "b",
  "foo",
  "a.b",
  "x=1",
  "-n",
  "-e",
  "1",
  "2",
  "0",
  "bar baz",
  "*",
  "?",
  "[a-c]",
  "~",
  "a:b::c",
  "",
  ".",
  "x/y",
);
const bare = pick(
  "a",
  "b",
  "foo",
  "a.b",
  "-n",
  "1",
  "2",
  "0",
  "*",
  "[ab]*",
  "~",
  "a:b",
  "x/y",
  "\\*",
  "\\$a",
  "a\\ b",
  "{a,b}",
  "#a",
  "a#b",
  "=",
  "!",
);
const special = pick(
  "$?",
  "$#",
  "$*",
  "$@",
  '"$*"',
  '"$@"',
  "$0",
  "$1",
  "$2",
  "${10}",
  "$-",
  "${#a}",
  "${#}",
  "${#*}",
  "$x",
);

const arithmeticAtom: Text = fc.oneof(number, variable, t`$${variable}`);
const arithmetic: Text = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    arithmeticAtom,
    t`${tie("expression") as Text} ${pick("+", "-", "*", ".", "%", "<", "<=", "==", "!=", "&&", "||", "&", "|", "^", "<<", ">>", "**", ",")} ${tie("expression") as Text}`,
    t`(${tie("expression") as Text})`,
    t`${pick("-", "!", "~", "+", "--", "++")}${tie("expression") as Text}`,
    t`${variable}${pick("=", "+=", "-=", "*=", "++", "--", "|=")}${tie("expression") as Text}`,
    t`${tie("expression") as Text}?${tie("expression") as Text}:${tie("expression") as Text}`,
  ),
})).expression;

const { word, quoted } = fc.letrec<{ word: string; quoted: string; expansion: string }>((tie) => ({
  word: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    bare,
    t`"${tie("quoted") as Text}"`,
    plain.map((text) => `'${text}'`),
    tie("expansion") as Text,
    special,
    t`${tie("word") as Text}${tie("word") as Text}`,
    pick("$'a\\tb'", "$'\\x41'", "`echo q r`", '"$(echo a; echo "b c")"', "$(echo '1  2')", "$(printf 'a\\n\\n')"),
  ),
  quoted: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    pick("a", "b c", "*", "~", "'", "\\$x", "\\\\", "\\n", "\\`", "", " ", "a:b"),
    tie("expansion") as Text,
    pick("$?", "$#", "$*", "$@", "$0", "$1", "$-", "${#a}"),
    t`${tie("quoted") as Text}${tie("quoted") as Text}`,
  ),
  expansion: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    t`$${variable}`,
    t`\${${variable}}`,
    t`\${${fc.oneof(variable, pick("1", "@", "*", "9"))}${pick("", ":")}${pick("-", "+", "=")}${tie("word") as Text}}`,
    t`\${${fc.oneof(variable, pick("1", "@", "*"))}${pick("#", "##", "%", "%%")}${pick("a", "*", "?", "*:", "[a-c]", "'*'", '"a"', "*b", "b*")}}`,
    t`\${${variable}${pick(".", "//")}${pick("a", "?", "[ab]", "b*", ":", ".")}/${pick("", "X", "q r", "$b", "'y'")}}`,
    t`\${${variable}:${pick("0", "1", " -1", "2", "a")}${pick("", ":1", ":2", ":-1", ":0")}}`,
    t`$((${arithmetic}))`,
  ),
}));

const words = join(" ", word, 0, 4);
const assignment = t`${name}=${fc.oneof(word, pick("", "'1 2'", "a:b:c", "' x  y '", ":", "' :'", "5"))}`;
const redirection = pick(
  ">f",
  ">>f",
  "2>&1",
  "2>/dev/null",
  "<f",
  "<g",
  ">&2",
  "3>f",
  "2>g",
  "<<E\nh $a\n\\$b\nE\n",
  "<<'E'\n$a\nE\n",
  "<<-E\n\tt\n\tE\n",
  "</dev/null",
  "1>&-",
  ">d/f",
  "3<&0",
  "<&3",
);

const simple: Text = fc.oneof(
  { weight: 6, arbitrary: t`echo ${words}` },
  { weight: 4, arbitrary: t`printf '<%s>' ${words}; echo` },
  { weight: 3, arbitrary: assignment },
  t`${assignment} eval 'echo $a'`,
  t`${assignment} sh -c 'echo "[$a$b]"'`,
  t`set -- ${words}`,
  t`shift ${pick("", "1", "2", "x")}`,
  t`[ ${words} ]`,
  t`[ ${word} ${pick("=", "!=", "-eq", "-lt", "-a", "-o", "<")} ${word} ]`,
  t`test ${pick("-n", "-z", "-e", "-f", "-d", "!", "-x")} ${word}`,
  t`eval ${word}`,
  t`unset ${variable}`,
  t`export ${assignment}`,
  t`readonly ${pick("c", "c=5", "y=1")}`,
  t`set ${pick("-u", "+u", "-f", "+f", "-C", "-a", "-e", "+e", "-o pipefail", "-x", "+x", "-")}`,
  t`trap ${pick("'echo trapped $?'", "''", "-", "'exit 3'", "'return 4'", "'false'")} ${pick("EXIT", "TERM", "USR1", "0", "15", "ERR", "INT EXIT")}`,
  t`kill -${pick("0", "CHLD", "WINCH", "URG")} $$`,
  t`${pick(":", "true", "false", "wait", "nosuch", "./g", "cat f", "cat", "f", "f 1 2", "return 3", "exit 4", "break", "continue 2", "cd d", "pwd >/dev/null", "trap", "jobs", "umask", "type f echo", "command -v f ls", "exec 2>&1", "hash", "alias", "getopts ab: o -a -b q", "let a=1+2", "local a=1", "read a b", "times >/dev/null", ". ./s", "exec 3>&1", "ls", "set | grep '^[abcxy]='", "export -p | grep -v WD=", "echo $LINENO")}`,
  t`echo ${words} | ${pick("cat", "read a", 'while read a b; do echo "$b-$a"; done', "sed s/a/X/", "wc -l", "f", '{ read a; echo "$a"; }', "tr a b")}`,
  t`${pick("(exit 3)", "false", "true", "{ echo 1; exit 2; }", "f")} & wait ${pick("", '"$!"', "%1", '"$!" "$!"')}`,
  t`x=$(${pick("false", "exit 3", "echo a; false", "f", "echo $a", "trap", "cat <f")})`,
);

const compound: Text = fc.letrec<{ command: string; list: string }>((tie) => {
  const list = tie("list") as Text;
  const command = tie("command") as Text;
  return {
    command: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 6, arbitrary: simple },
      t`${simple} ${redirection}`,
      t`${command} ${pick("&&", "||", "|")} ${command}`,
      t`! ${command}`,
      t`{ ${list}; }`,
      t`(${list})`,
      t`{ ${list}; } ${redirection}`,
      t`(${list}) ${redirection}`,
      t`if ${list}; then ${list}; else ${list}; fi`,
      t`for ${variable} in ${words}; do ${list}; done`,
      t`for ${variable} in 1 2 3; do ${list}; [ $a ] && break; done`,
      t`case ${word} in ${pick("a", "*a*", "[a-c]", '"$b"', "$a", "a|b", "?")}) ${list};; ${pick("*", "''", "(b")}) ${list};; esac`,
      t`i=0; while [ $((i=i+1)) -le ${pick("1", "2", "3")} ]; do ${list}; done`,
      t`until ${list}; do break; done`,
      t`f() { [ $((d=d+1)) -gt 2 ] && return 6; ${list}; }; f ${words}`,
      t`f() { [ $((d=d+1)) -gt 2 ] && return 6; local ${variable}=${word}; ${list}; }`,
      t`f() ([ $((d=d+1)) -gt 2 ] && return 6; ${list})`,
      t`eval '${pick("echo $a", "f", "exit 5", "break", "a=1; b=2", "return 2", "if", 'echo "', ")", "trap")}'`,
    ),
    list: fc.array(command, { minLength: 1, maxLength: 2 }).map((all) => all.join("\n")),
  };
}).command;

const SETUP =
  "mkdir d; printf 'l1 x\\nl2\\n' >f; printf 'echo sourced $1; b=s\\n' >s; a='1 2'; b=foo:bar; set -- p 'q r'\n";

/** Not below the top: whether a shell still speaks after its copy killed it is a matter of luck. */
const signal = t`kill -${pick("TERM", "USR1", "INT", "QUIT", "15")} $$`;

/** A whole script; `quoted` words on a line of their own are there for syntax errors. */
export const script: Text = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: compound },
      signal,
      pick("fi", 'echo "$a', "echo ${a", "done", "echo $((1+", "}", "echo a )"),
      t`echo "${quoted}"`,
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((lines) => SETUP + lines.join("\n"));
