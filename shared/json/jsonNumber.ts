declare global {
  interface JSON {
    rawJSON(text: string): object;
  }
}

/**
 * A JSON number kept as the text that was written (RFC 8259 §6), because chain ids and amounts go beyond 2^53 and a
 * `number` would round them silently.
 */
export class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toString(): string {
    return this.source;
  }

  /** Written with exactly the digits that it was read with. */
  toJSON(): object {
    return JSON.rawJSON(this.source);
  }
}
