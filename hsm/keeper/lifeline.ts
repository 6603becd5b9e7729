/**
 * Ends the keeper when its daemon is gone, from a thread of its own, because the main thread may be inside a C call
 * that never returns. The daemon holds the other end of descriptor 4 and never writes to it, so this read returns when the
 * daemon has closed it or has died.
 */
import { readSync } from "node:fs";

try {
  readSync(4, Buffer.alloc(1));
} finally {
  process.kill(process.pid, "SIGKILL");
}
