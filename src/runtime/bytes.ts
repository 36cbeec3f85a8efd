/**
 * Text and bytes. Programs, pipes and files carry bytes: a string in which each character is one byte (0..255). Text
 * becomes bytes where it enters (a manifest's values) and text again where it leaves (kubectl, the screen).
 */

/** Text to UTF-8 bytes. A lone surrogate becomes U+FFFD. */
export function utf8Encode(text: string): string {
  if (isAscii(text)) return text;
  let out = "";
  for (const character of text) {
    let code = character.codePointAt(0)!;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) out += character;
    else if (code < 0x800) out += String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000)
      out += String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else
      out += String.fromCharCode(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
  }
  return out;
}

/** UTF-8 bytes to text; a byte that is not UTF-8 becomes U+FFFD. */
export function utf8Decode(bytes: string): string {
  if (isAscii(bytes)) return bytes;
  let out = "";
  for (let i = 0; i < bytes.length; ) {
    const first = bytes.charCodeAt(i);
    if (first < 0x80) {
      out += bytes[i++];
      continue;
    }
    const length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : 2;
    let code = first < 0xc2 || first > 0xf4 ? -1 : first & (0xff >> (length + 1));
    for (let k = 1; k < length && code >= 0; k++) {
      const next = bytes.charCodeAt(i + k);
      code = (next & 0xc0) === 0x80 && next < 0x100 ? (code << 6) | (next & 63) : -1;
    }
    const smallest = length === 4 ? 0x10000 : length === 3 ? 0x800 : 0x80;
    if (code < smallest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      out += "\ufffd";
      i++;
    } else {
      out += String.fromCodePoint(code);
      i += length;
    }
  }
  return out;
}

/** A byte string from an array of bytes. */
export function bytesOf(array: Uint8Array): string {
  let out = "";
  for (let i = 0; i < array.length; i += 4096) out += String.fromCharCode(...array.subarray(i, i + 4096));
  return out;
}

/** An array of bytes from a byte string. */
export function toArray(bytes: string): Uint8Array {
  const array = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) array[i] = bytes.charCodeAt(i);
  return array;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}
