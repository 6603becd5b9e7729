import {
  BaseContract,
  Contract,
  ContractFactory,
  Interface,
  isError,
  type LogDescription,
  type NonceManager,
  type TransactionReceipt,
} from "ethers";
import type { Artifact, Artifacts } from "../../contracts/index.ts";

/** A deployed contract, called by whichever account a test wants. */
export interface ContractUnderTest {
  readonly address: string;
  read(method: string, ...parameters: unknown[]): Promise<unknown>;
  /** Executes for real; rejects when the contract refuses. */
  send(account: NonceManager, method: string, ...parameters: unknown[]): Promise<TransactionReceipt>;
  /** What the call would return, without executing it. */
  dryRun(account: NonceManager, method: string, ...parameters: unknown[]): Promise<unknown>;
  /** Name of the custom error that the call would end with; "accepted" when it would not. */
  refusal(account: NonceManager, method: string, ...parameters: unknown[]): Promise<string>;
  events(receipt: TransactionReceipt): LogDescription[];
}

export function contractUnderTest(address: string, { abi }: Artifact, reader: NonceManager): ContractUnderTest {
  const contract = new Contract(address, abi, reader);
  const method = (account: NonceManager, name: string) =>
    new BaseContract(address, contract.interface, account).getFunction(name);
  return {
    address,
    read: (name, ...parameters) => contract.getFunction(name).staticCall(...parameters),
    send: async (account, name, ...parameters) => {
      // Estimating first keeps a refused call from using up a nonce.
      const gasLimit = await method(account, name).estimateGas(...parameters);
      const receipt = await (await method(account, name).send(...parameters, { gasLimit })).wait();
      if (!receipt) throw new Error(`${name} was not mined`);
      return receipt;
    },
    dryRun: (account, name, ...parameters) => method(account, name).staticCall(...parameters),
    refusal: (account, name, ...parameters) => refusalOf(method(account, name).staticCall(...parameters)),
    events: (receipt) =>
      receipt.logs
        .filter((log) => log.address === address)
        .map((log) => contract.interface.parseLog(log))
        .filter((event) => event !== null),
  };
}

export async function deploy(
  artifact: Artifact,
  deployer: NonceManager,
  ...parameters: unknown[]
): Promise<ContractUnderTest> {
  const contract = await new ContractFactory(artifact.abi, artifact.bytecode, deployer).deploy(...parameters);
  await contract.waitForDeployment();
  return contractUnderTest(await contract.getAddress(), artifact, deployer);
}

/** Name of the custom error that a deployment would end with; "accepted" when it would not. */
export async function deploymentRefusal(
  artifact: Artifact,
  deployer: NonceManager,
  ...parameters: unknown[]
): Promise<string> {
  const transaction = await new ContractFactory(artifact.abi, artifact.bytecode, deployer).getDeployTransaction(
    ...parameters,
  );
  return refusalOf(deployer.call(transaction));
}

let knownErrors = new Interface([]);

/** Lets refusals be named whichever contract they come from: a token service passes on its bridge's. */
export function nameErrorsOf(artifacts: Artifacts): void {
  const errors = Object.values(artifacts).flatMap(({ abi }) => abi.filter(({ type }) => type === "error"));
  knownErrors = new Interface([...new Map(errors.map((error) => [JSON.stringify(error), error])).values()]);
}

async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "accepted";
  } catch (error) {
    if (!isError(error, "CALL_EXCEPTION") || !error.data) throw error;
    return knownErrors.parseError(error.data)?.name ?? error.revert?.name ?? error.data;
  }
}
