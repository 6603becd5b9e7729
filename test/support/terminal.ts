import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { repository } from "./attestor.ts";

/** The attestor command in a real terminal (tmux): what a person sees. */
export interface Terminal {
  /** The text on the screen, without colours. */
  screen(): string;
  /** As on a keyboard; `C-c` is Ctrl-C. */
  press(key: string): void;
  /** The exit code, once the command has ended. */
  exitCode(): number | undefined;
  close(): void;
}

export function openTerminal(words: readonly string[], { columns = 160, rows = 40 } = {}): Terminal {
  const name = `attestor-${randomBytes(6).toString("hex")}`;
  const tmux = (...args: string[]) =>
    execFileSync("tmux", ["-L", name, "-f", "/dev/null", ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  const command = [process.execPath, path.join(repository, "cli/main.ts"), ...words].map(quoted).join(" ");
  tmux("new-session", "-d", "-x", `${columns}`, "-y", `${rows}`, `${command}; echo "ended with $?"; sleep 600`);
  const screen = () => tmux("capture-pane", "-p");
  return {
    screen,
    press: (key) => void tmux("send-keys", key),
    exitCode() {
      const ended = /ended with (\d+)/.exec(screen())?.[1];
      return ended === undefined ? undefined : Number(ended);
    },
    close: () => void tmux("kill-server"),
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
