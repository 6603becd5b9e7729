export { existsAlready, writeNewFile } from "./writeNewFile.ts";
