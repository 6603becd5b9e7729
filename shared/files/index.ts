export { existsAlready, refuseUnwritable, writeNewFile } from "./writeNewFile.ts";
