import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Artifact, compilerInput, compileSources, type Sources } from "./solidityCompiler.ts";

const contractNames = ["AttestedBridge", "TokenService", "Holding", "TestToken"] as const;
const sourceFolder = join(import.meta.dirname, "solidity");

export type ContractName = (typeof contractNames)[number];
export type Artifacts = Readonly<Record<ContractName, Artifact>>;

/**
 * The contracts of the local bridge, ready to deploy. Compiles only when the sources, the settings or the compiler
 * differ from what `cacheFolder` (made if missing) already holds; several processes may share the folder.
 */
export async function compileContracts(cacheFolder: string): Promise<Artifacts> {
  const sources = await readSources();
  const { version, input } = compilerInput(sources);
  const key = createHash("sha256").update(version).update("\n").update(input).digest("hex");
  const cacheFile = join(cacheFolder, `contracts-${key}.json`);

  const cached = await readIfPresent(cacheFile);
  if (cached !== undefined) return JSON.parse(cached) as Artifacts;

  const artifacts = deployable(await compileSources(sources));
  await mkdir(cacheFolder, { recursive: true });
  await writeWhole(cacheFile, JSON.stringify(artifacts));
  return artifacts;
}

/** Reads every Solidity source of this room, by file name. */
export async function readSources(): Promise<Sources> {
  const files = (await readdir(sourceFolder)).filter((file) => file.endsWith(".sol"));
  const texts = await Promise.all(files.map((file) => readFile(join(sourceFolder, file), "utf8")));
  return Object.fromEntries(files.map((file, index) => [file, texts[index] ?? ""]));
}

function deployable(compiled: Record<string, Artifact>): Artifacts {
  const entries = contractNames.map((name) => {
    const artifact = compiled[name];
    if (!artifact) throw new Error(`No contract named ${name} in ${sourceFolder}`);
    return [name, artifact] as const;
  });
  return Object.fromEntries(entries) as Record<ContractName, Artifact>;
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A rename shows other processes the whole file or none. */
async function writeWhole(file: string, content: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, content);
  await rename(draft, file);
}
