/** How many columns a text takes on a terminal: escape sequences for colours take none. */
export function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
  return text.replace(/\x1b\[[0-9;]*m/g, "").length;
}
