export { createSignerServer } from "./server.ts";
