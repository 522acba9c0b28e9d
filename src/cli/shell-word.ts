/** Words of a command that is printed to be pasted. */

/** In quotes where the shell would read it otherwise. */
export function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
