/** Limits of every HTTP listener, so that no client can hold one up. */
export const limits = {
  /** Largest request body, in bytes. A packet has less than 2 KiB. */
  bodyBytes: 65_536,
  /** From the first byte of a request to its last, in milliseconds. */
  requestMs: 5_000,
  /** Between two looks for requests that are over that time, in milliseconds. Node's own default is 30 seconds. */
  checkMs: 1_000,
  /** Idle keep-alive connections are closed after this, in milliseconds. */
  keepAliveMs: 60_000,
  /** Longest that requests in progress may take once the service is stopping, in milliseconds. */
  drainMs: 8_000,
  /** Longest that a refused connection is kept for its client to read the answer, in milliseconds. */
  lingerMs: 1_000,
  /** Longest parameter in a path, in characters. A u128 has 39 digits. */
  parameterLength: 128,
} as const;
