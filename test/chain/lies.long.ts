import { lies } from "../support/lyingProvider.ts";
import { testLies } from "./support/testLies.ts";

testLies(Object.keys(lies), "every lie");
