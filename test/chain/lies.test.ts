import { lies } from "../support/lyingProvider.ts";
import { chosenSeed } from "../support/random.ts";
import { testLies } from "./support/testLies.ts";

/** `npm run test:long` tells all of them. */
const share = 3;
const seed = chosenSeed();
const names = Object.keys(lies).filter((_, index) => index % share === seed % share);
testLies(names, `every third lie, seed ${seed}`);
