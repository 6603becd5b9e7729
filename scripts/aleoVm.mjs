/**
 * Runs something with a fresh Aleo development node, whose URL it finds in the environment that it is given.
 *
 * @template T
 * @param {(env: NodeJS.ProcessEnv) => Promise<T>} run
 * @returns {Promise<{ ran: T } | { notRun: string }>} why not, if there is no node on this machine
 */
export async function withDevnode(run) {
  // Only here: nothing else of the test command needs this module and what it loads.
  const { startDevnode } = await import("../contracts/index.ts");
  let devnode;
  try {
    devnode = await startDevnode();
  } catch (error) {
    return { notRun: error instanceof Error ? error.message : String(error) };
  }
  try {
    return { ran: await run({ ...process.env, ALEO_DEVNODE_URL: devnode.url }) };
  } finally {
    await devnode.close();
  }
}

/** The exit code of `npm run test:aleo-vm` where no node runs. */
export const notRunCode = 3;

/**
 * What a missing Aleo node means for a command's exit code.
 *
 * @param {"alone" | "among others"} how the tests on the node are run
 * @param {NodeJS.ProcessEnv} env with `REQUIRE_ALEO_VM=1` it is a failure
 */
export function codeWithoutDevnode(how, env) {
  if (env.REQUIRE_ALEO_VM === "1") return 1;
  return how === "alone" ? notRunCode : 0;
}
