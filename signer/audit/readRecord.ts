/** A record's parts as a reader finds them: whoever tampered with it may have written anything. */
export interface RecordParts {
  readonly sequence: unknown;
  readonly kind: unknown;
  readonly at: unknown;
  readonly body: Readonly<Record<string, unknown>>;
}

export function readRecord(record: string): RecordParts {
  const { sequence, kind, at, body } = membersOf(parsed(record));
  return { sequence, kind, at, body: membersOf(body) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
