import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP connection's way to a program on this machine, which can be cut like a cable. */
export interface Link {
  /** Who calls whom, such as "attestor-1 to signer". */
  readonly name: string;
  /** Loopback port in front of the program. */
  readonly port: number;
  /**
   * Cuts every connection once this many more bytes have passed, in whatever direction: in the middle of a handshake, a
   * request or an answer. 0 cuts at once. Of several such orders the first to come true counts.
   */
  cutAfter(bytes: number): void;
  /** While it is down, whoever connects is cut off at once. */
  down: boolean;
  /** How many connections were cut so far; those that it refused while it was down do not count. */
  readonly cuts: number;
  close(): Promise<void>;
}

/** Opens a link to a loopback port. Where nothing listens there, callers are cut off, as they would be without it. */
export async function openLink(name: string, target: number): Promise<Link> {
  const sockets = new Set<Socket>();
  let cuts = 0;
  let left = Number.POSITIVE_INFINITY;
  const cutAll = () => {
    cuts += sockets.size / 2; // a connection has two ends
    for (const socket of sockets) socket.resetAndDestroy();
    sockets.clear();
  };
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on("error", () => {}); // a cut is what this is for; the other end hears of it by its own connection
    from.on("close", () => {
      sockets.delete(from);
      sockets.delete(to);
      to.destroy();
    });
    from.on("drain", () => to.resume());
    from.on("data", (chunk: Buffer) => {
      const passing = chunk.subarray(0, left);
      left -= passing.length;
      if (left === 0) {
        left = Number.POSITIVE_INFINITY;
        return void to.write(passing, cutAll);
      }
      if (!to.write(passing)) from.pause();
    });
  };
  const server = createServer((caller) => {
    if (link.down) {
      caller.resetAndDestroy();
      return;
    }
    const callee = connect(target, "127.0.0.1");
    pass(caller, callee);
    pass(callee, caller);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const link: Link = {
    name,
    port: (server.address() as AddressInfo).port,
    cutAfter(bytes) {
      if (bytes === 0) cutAll();
      else left = Math.min(left, bytes);
    },
    down: false,
    get cuts() {
      return cuts;
    },
    async close() {
      cutAll();
      server.close();
      await once(server, "close");
    },
  };
  return link;
}
