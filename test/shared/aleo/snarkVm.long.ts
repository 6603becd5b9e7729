import { compareWithSnarkVm } from "./compareWithSnarkVm.ts";

compareWithSnarkVm({ packets: 1_000, values: 2_000, bitStrings: 1_000, addresses: 1_000, accounts: 300 });
