// Text from others on a terminal: names and commands are whatever somebody wrote, and must neither break a line nor
// command the terminal.

export function plainText(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '�')
}
