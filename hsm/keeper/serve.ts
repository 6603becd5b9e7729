import type { Duplex } from "node:stream";
import type { KeyService } from "./keyService.ts";
import { readLines, writeLine } from "./lines.ts";
import {
  type Answer,
  decodeRequest,
  encodeFailure,
  encodeResult,
  type Operation,
  parametersOf,
  type Request,
} from "./protocol.ts";

/** Answers requests on a connection until it ends. A line that is no request is answered with an error. */
export function serve(connection: Duplex, service: KeyService, onEnd: () => void): void {
  readLines(connection, { onLine: (line) => void answer(line).then((text) => writeLine(connection, text)), onEnd });

  async function answer(line: string): Promise<string> {
    let id: number | null = null;
    try {
      const request = decodeRequest(line);
      id = request.id;
      return encodeResult(id, request.op, await run(service, request.op, request));
    } catch (error) {
      return encodeFailure(id, error);
    }
  }
}

function run<O extends Operation>(service: KeyService, op: O, request: Request): Promise<Answer<O>> {
  return service[op](parametersOf(op, request));
}
