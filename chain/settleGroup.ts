/** One question of a group, and whoever waits for its answer. */
export interface Waiting<A> {
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gives each of a group that was sent together its own answer.
 *
 * @param send an answer or an error for each, in their order. What it throws is each one's fault.
 */
export async function settleGroup<A>(
  group: readonly Waiting<A>[],
  send: () => Promise<readonly PromiseSettledResult<A>[]>,
): Promise<void> {
  try {
    const answers = await send();
    for (const [index, { resolve, reject }] of group.entries()) {
      const answer = answers[index];
      if (answer?.status === "fulfilled") resolve(answer.value);
      else reject(answer?.reason);
    }
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}
