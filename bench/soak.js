/** Long trials: `npm run soak -- NAME [--count N] [--seed N]`; each is a file of bench/soak/ with a function of its own name. */
import { parseArgs } from "node:util";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { count: { type: "string", default: "10" }, seed: { type: "string", default: String(Date.now() % 1e6) } },
});
const [name = "resume"] = positionals;
const trial = (await import(`./soak/${name}.js`))[name];
await trial(Number(values.count), Number(values.seed));
process.exit(0);
