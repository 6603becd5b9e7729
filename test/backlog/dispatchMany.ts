import { readFile } from "node:fs/promises";
import path from "node:path";
import { ContractFactory, Interface } from "ethers";
import { compileSources } from "../../contracts/solidityCompiler.ts";
import { makeFinal, someReceiver, type TestBridge } from "../chain/support/bridge.ts";

const packetsPerTransaction = 5;
const transactionsPerBlock = 50;

/** Sends that many packets from the bridge's source (a multiple of 250), in real transactions, and makes them final. */
export async function dispatchMany(bridge: TestBridge, packets: number): Promise<void> {
  const { source, sides } = bridge;
  const [{ token, tokenService }] = sides;
  const code = await readFile(path.join(import.meta.dirname, "Burst.sol"), "utf8");
  const { Burst } = await compileSources({ "Burst.sol": code });
  if (!Burst) throw new Error("Burst.sol lacks its contract");
  const account = source.account(5);
  const deployed = await new ContractFactory(Burst.abi, Burst.bytecode, account).deploy(token, tokenService);
  await deployed.waitForDeployment();

  const transaction = {
    from: await account.getAddress(),
    to: await deployed.getAddress(),
    gas: "0x500000",
    data: new Interface(Burst.abi).encodeFunctionData("send", [
      tokenService,
      token,
      someReceiver,
      packetsPerTransaction,
    ]),
  };
  const batch = Array.from({ length: transactionsPerBlock }, (_, id) => ({
    jsonrpc: "2.0",
    id,
    method: "eth_sendTransaction",
    params: [transaction],
  }));
  await source.provider.send("evm_setAutomine", [false]);
  for (let sent = 0; sent < packets; sent += packetsPerTransaction * transactionsPerBlock) {
    const response = await fetch(source.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(batch),
    });
    const answers = (await response.json()) as { error?: object }[];
    const refused = answers.find(({ error }) => error !== undefined);
    if (refused) throw new Error(`a transaction was refused: ${JSON.stringify(refused.error)}`);
    await source.provider.send("evm_mine", []);
  }
  await source.provider.send("evm_setAutomine", [true]);
  await makeFinal(source);
}
