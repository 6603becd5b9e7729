import path from "node:path";

/** The ignored folder of the checkout that holds all local state. */
export const defaultRoot = path.join(import.meta.dirname, "..", "..", ".attestor");

/** First of the loopback ports that the local network takes. */
export const defaultPortBase = 18_400;

export const defaultPackets = 10;
