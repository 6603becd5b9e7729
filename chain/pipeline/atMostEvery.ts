/** Lets calls through one in so much time: the first at once, and one afterwards for all those that came too early. */
export function atMostEvery(milliseconds: number, act: () => void): () => void {
  let waiting = false;
  let last = Number.NEGATIVE_INFINITY;
  const callNow = () => {
    waiting = false;
    last = performance.now();
    act();
  };
  return () => {
    if (waiting) return;
    const left = last + milliseconds - performance.now();
    if (left <= 0) return callNow();
    waiting = true;
    setTimeout(callNow, left).unref();
  };
}
