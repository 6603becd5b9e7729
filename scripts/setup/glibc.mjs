import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { thisMachine } from "./find.mjs";
import { runStep } from "./run.mjs";

/** The Debian release whose C library is new enough (2.41) for programs that an older Debian cannot start. */
const release = "trixie";

/** Where systems keep the libraries of a 64-bit program, for those that do not come with the C library. */
const systemLibraries = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64"];

/**
 * @param {string} folder where {@link unpackGlibc} has unpacked one
 * @returns {string[] | undefined} what stands before a program's command to start it with that C library
 */
export function glibcPrefix(folder) {
  const libraries = join(folder, "usr", "lib", "x86_64-linux-gnu");
  const loader = join(libraries, "ld-linux-x86-64.so.2");
  if (!existsSync(loader)) return undefined;
  return [loader, "--library-path", [libraries, ...systemLibraries].join(":")];
}

/**
 * Unpacks a newer C library beside the system's own, from the Debian mirror that the system uses. apt-get is given folders of
 * its own for everything it writes, so the system does not change.
 *
 * @param {string} folder for the library; must not exist
 * @param {import("./report.mjs").Context} context
 * @returns {Promise<boolean>} whether it is there
 */
export async function unpackGlibc(folder, context) {
  const mirror = debianMirror();
  if (mirror === undefined || thisMachine.program("dpkg-deb") === undefined) return false;
  const work = `${folder}.new`;
  rmSync(work, { recursive: true, force: true });
  const env = { ...process.env, APT_CONFIG: writeAptSettings(work, mirror) };
  try {
    /** @param {string[]} command */
    const step = (...command) => runStep(command, { ...context, env, cwd: work, quiet: true });
    if (!(await step("apt-get", "update"))) return false;
    if (!(await step("apt-get", "download", "libc6"))) return false;
    const archive = readdirSync(work).find((name) => name.endsWith(".deb"));
    if (archive === undefined || !(await step("dpkg-deb", "-x", archive, "library"))) return false;
    renameSync(join(work, "library"), folder);
    return true;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder created here
 * @param {string} mirror
 * @returns {string} the path of an apt.conf
 */
function writeAptSettings(folder, mirror) {
  for (const part of ["state/lists/partial", "cache/archives/partial", "log"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  writeFileSync(join(folder, "sources.list"), `deb [arch=amd64 target=Packages lang=none] ${mirror} ${release} main\n`);
  writeFileSync(join(folder, "status"), "");
  const settings = {
    "Dir::Etc::SourceList": join(folder, "sources.list"),
    "Dir::Etc::SourceParts": "-",
    "Dir::State": join(folder, "state"),
    "Dir::State::Status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "Dir::Log": join(folder, "log"),
  };
  const file = join(folder, "apt.conf");
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name} "${value}";\n`)
      .join(""),
  );
  return file;
}

function debianMirror() {
  if (thisMachine.program("apt-get") === undefined) return undefined;
  const asked = ["indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"];
  const targets = spawnSync("apt-get", asked, { encoding: "utf8" }).stdout;
  return chooseMirror(targets, osRelease());
}

/**
 * @param {string} targets of the system's apt-get, each a line of URI, release and component
 * @param {string} osRelease the text of os-release(5)
 * @returns {string | undefined} the URI from which a Debian system takes its own release; none on other systems
 */
export function chooseMirror(targets, osRelease) {
  if (!/^ID="?debian"?$/m.test(osRelease)) return undefined;
  const codename = /^VERSION_CODENAME="?(\w+)"?$/m.exec(osRelease)?.[1];
  const lines = targets.split("\n").map((line) => line.split(" "));
  return lines.find(([, name, component]) => name === codename && component === "main")?.[0];
}

function osRelease() {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}
