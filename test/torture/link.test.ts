import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../chain/support/until.ts";
import { type Link, openLink } from "./link.ts";

const open: { close(): unknown }[] = [];
let link: Link;

/** What listens behind the link sends back whatever it gets. */
beforeEach(async () => {
  const echo = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  link = await openLink("us to echo", (echo.address() as AddressInfo).port);
  open.push(link, echo);
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function call(): Socket {
  const socket = connect(link.port, "127.0.0.1");
  socket.on("error", () => {});
  return socket;
}

const ended = (socket: Socket) => until("the connection to end", () => socket.destroyed);

test("passes on what is said, both ways", async () => {
  const socket = call();
  socket.write("hello");
  expect(String(await once(socket, "data"))).toBe("hello");
  socket.destroy();
  expect(link.cuts).toBe(0);
});

test("cuts at once, and lets the next connection through", async () => {
  const socket = call();
  socket.write("hello");
  await once(socket, "data");
  link.cutAfter(0);
  await ended(socket);
  expect(link.cuts).toBe(1);
  const next = call();
  next.write("again");
  expect(String(await once(next, "data"))).toBe("again");
  next.destroy();
});

test("cuts in the middle of an answer", async () => {
  link.cutAfter(13); // ten there, three back
  const socket = call();
  let heard = "";
  socket.on("data", (chunk: Buffer) => {
    heard += chunk.toString();
  });
  socket.write("0123456789");
  await ended(socket);
  expect("012".startsWith(heard)).toBe(true); // a reset may overtake what was sent before it
  expect(link.cuts).toBe(1);
});

test("refuses while it is down", async () => {
  link.down = true;
  const socket = call();
  expect(await text(socket).catch(() => "reset")).not.toBe("hello");
  await ended(socket);
  link.down = false;
  const next = call();
  next.write("hello");
  expect(String(await once(next, "data"))).toBe("hello");
  next.destroy();
});
