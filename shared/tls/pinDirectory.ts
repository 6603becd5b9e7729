import type { Socket } from "node:net";
import { AttestorError } from "../errors/index.ts";

/** Who is on a connection. */
export interface PinnedPeer {
  readonly name: string;
  /** Pin of the key that its certificate holds. */
  readonly pin: string;
}

/** Who is let in, by public key pin. It can change while connections are open. */
export interface PinDirectory {
  /**
   * Lets a connection in, or does not: the answer is what the directory says now.
   *
   * @returns who it is, or undefined for a pin that nobody has.
   */
  admit(socket: Socket, pin: string): PinnedPeer | undefined;
  /**
   * From now on these are let in. Connections under a pin that nobody has any more, or somebody else, are closed at once,
   * whatever is on its way over them.
   *
   * @param names by pin.
   * @returns how many connections were closed.
   */
  replace(names: ReadonlyMap<string, string>): number;
}

const peers = new WeakMap<Socket, PinnedPeer>();

/** @param names by pin. */
export function createPinDirectory(names: ReadonlyMap<string, string>): PinDirectory {
  let current = names;
  const open = new Map<Socket, PinnedPeer>();
  return {
    admit(socket, pin) {
      const name = current.get(pin);
      if (name === undefined) return undefined;
      const peer = { name, pin };
      peers.set(socket, peer);
      open.set(socket, peer);
      socket.once("close", () => open.delete(socket));
      return peer;
    },
    replace(next) {
      current = next;
      const revoked = [...open].filter(([, { name, pin }]) => next.get(pin) !== name);
      for (const [socket] of revoked) socket.destroy();
      return revoked.length;
    },
  };
}

/** Who is on this socket. Every socket that reaches a handler of a pinned server has somebody. */
export function pinnedPeerOf(socket: Socket): PinnedPeer {
  const peer = peers.get(socket);
  if (peer === undefined) throw notPinned();
  return peer;
}

/** The name under which the client on this socket is pinned. */
export function clientNameOf(socket: Socket): string {
  return pinnedPeerOf(socket).name;
}

export function notPinned(): AttestorError {
  return new AttestorError("client_refused", { reason: "its key is not pinned" });
}
