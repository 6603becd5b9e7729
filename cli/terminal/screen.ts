/** Shows a text that changes. */
export interface Screen {
  show(text: string): void;
}

/** Drawn again in place on a terminal, cut to its height; elsewhere each text below the one before, with its time. */
export function createScreen(output: NodeJS.WriteStream = process.stdout): Screen {
  return output.isTTY ? inPlace(output) : oneBelowTheOther(output);
}

function inPlace(output: NodeJS.WriteStream): Screen {
  let drawn = 0;
  return {
    show(text) {
      const lines = text.split("\n");
      const room = Math.max(5, output.rows - 1);
      const shown =
        lines.length > room ? [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`] : lines;
      const up = drawn > 0 ? `\x1b[${drawn}A` : "";
      // a line that the terminal broke would be counted as one
      const cut = shown.map((line) => `\x1b[2K\x1b[?7l${line}\x1b[?7h\n`).join("");
      output.write(`${up}${cut}\x1b[0J`);
      drawn = shown.length;
    },
  };
}

function oneBelowTheOther(output: NodeJS.WriteStream): Screen {
  return {
    show(text) {
      output.write(`── ${new Date().toISOString()}\n${text}\n`);
    },
  };
}
