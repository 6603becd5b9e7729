/** Longest time until a held request is worth asking again, in seconds: policy and people may change their minds. */
const longestWait = 3_600;

/** What a held client is told to wait, in whole seconds from 1 to an hour. */
export function waitSeconds(milliseconds: number): number {
  return Math.min(longestWait, Math.max(1, Math.ceil(milliseconds / 1_000)));
}

/** Until a person may have acted. */
export const waitForPeople = 60;
