/** What somebody may have meant who wrote a name wrong. */

/** The name nearest to `wanted`, whatever its case, where at most a third of its letters differ. */
export function nearest(wanted: string, names: Iterable<string>): string | undefined {
  let found: string | undefined;
  let least = Infinity;
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) > name.length / 3) continue;
    const distance = editDistance(wanted.toLowerCase(), name.toLowerCase());
    if (distance <= name.length / 3 && distance < least) {
      found = name;
      least = distance;
    }
  }
  return found;
}

/** Damerau's distance, in UTF-16 units: letters that are wrong, missing, too many, or two that changed places. */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? before[j - 2]! + 1 : substitution;
      next.push(Math.min(substitution, swap, row[j]! + 1, next[j - 1]! + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
