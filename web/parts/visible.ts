// What programs and strangers wrote, as text that does nothing: control characters as their pictures (`␛`), and marks
// that turn the direction of text or hide in it by their number (`⟨202E⟩`), so that nobody is shown what is not there.

const unseen = /[\p{Cc}\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu

/** Line breaks and tabs stay what they are. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(unseen, (mark) => {
    if (mark === '\n' || mark === '\t') return mark
    const code = mark.codePointAt(0) ?? 0
    if (code < 0x20) return String.fromCodePoint(0x2400 + code)
    return `⟨${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
  })
}
