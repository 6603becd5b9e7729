/**
 * The first height of which `counted` is true, by bisection.
 *
 * @param before a height of which it is not.
 * @param reached a height of which it is.
 */
export async function firstHeight(
  counted: (height: number) => Promise<boolean>,
  before: number,
  reached: number,
): Promise<number> {
  let [low, high] = [before, reached];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await counted(middle)) high = middle;
    else low = middle;
  }
  return high;
}
