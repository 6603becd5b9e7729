import { once } from "node:events";
import { connect } from "node:tls";
import type { TlsIdentity } from "../../../shared/tls/index.ts";
import { pinOf } from "../../../shared/tls/pin.ts";

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** One kept-alive connection to a server that states the length of every answer; one exchange at a time. */
export interface RawConnection {
  /** Sends the bytes of a whole HTTP request. @throws Error if the connection breaks or the answer is not of that form. */
  exchange(request: Uint8Array): Promise<RawAnswer>;
  close(): void;
}

/** Connects with a client certificate. @throws Error for a server whose key is not the pinned one. */
export async function connectRaw(port: number, identity: TlsIdentity, pin: string): Promise<RawConnection> {
  const { certificate: cert, key, peerAuthority: ca } = identity;
  const socket = connect({ host: "127.0.0.1", port, cert, key, ca, minVersion: "TLSv1.3" });
  await once(socket, "secureConnect");
  if (pinOf(socket.getPeerCertificate().raw) !== pin) throw new Error("another server answered");
  socket.setNoDelay(true);
  let waiting: PromiseWithResolvers<RawAnswer> | undefined;
  let broken: Error | undefined;
  let chunks: Buffer[] = [];
  let size = 0;
  let awaited: Head | undefined;

  const fail = (error: Error) => {
    broken ??= error;
    waiting?.reject(broken);
    socket.destroy();
  };
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    try {
      awaited ??= headOf(chunks.length === 1 ? chunk : Buffer.concat(chunks));
    } catch (error) {
      fail(error as Error);
      return;
    }
    if (!awaited || size < awaited.length) return;
    const whole = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    const answer = { status: awaited.status, body: whole.toString("latin1", awaited.bodyAt, awaited.length) };
    if (!waiting || size > awaited.length) {
      fail(new Error("the server sent more than was asked for"));
      return;
    }
    const { resolve } = waiting;
    [waiting, chunks, size, awaited] = [undefined, [], 0, undefined];
    resolve(answer);
  });
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("the server closed the connection")));

  return {
    exchange(request) {
      if (broken) throw broken;
      waiting = Promise.withResolvers();
      socket.write(request);
      return waiting.promise;
    },
    close: () => socket.destroy(),
  };
}

interface Head {
  readonly status: number;
  readonly bodyAt: number;
  /** Bytes of the whole answer. */
  readonly length: number;
}

/** @returns undefined while the head has not come in full. */
function headOf(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const [, status] = /^HTTP\/1\.1 ([0-9]{3}) /.exec(head) ?? [];
  const [, length] = /\r\ncontent-length: ([0-9]{1,9})(?:\r\n|$)/i.exec(head) ?? [];
  if (!status || !length) throw new Error("the server's answer has no status or no length");
  return { status: Number(status), bodyAt: end + 4, length: end + 4 + Number(length) };
}
