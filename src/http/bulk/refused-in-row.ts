/** Counts how many lines in a row were refused, in the order of the lines, however they end: refused ones end first. */

export interface RefusedInRow {
  /** One more line begins. What it gives is told once what became of it, and says how long the row is by then. */
  begin(): (isRefused: boolean) => number;
}

export function createRefusedInRow(): RefusedInRow {
  const open: { isRefused: boolean | undefined }[] = [];
  let row = 0;
  return {
    begin() {
      const place: (typeof open)[number] = { isRefused: undefined };
      open.push(place);
      return (isRefused) => {
        place.isRefused = isRefused;
        let longest = 0;
        while (open[0]?.isRefused !== undefined) {
          row = open.shift()?.isRefused ? row + 1 : 0;
          longest = Math.max(longest, row);
        }
        return longest;
      };
    },
  };
}
