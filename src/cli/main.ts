/** The process: arguments in, exit code out. Imported by bin/sotto.js. */
import { setFlagsFromString } from "node:v8";
import { needsEngine } from "./needs-engine.js";

// samples pass through as short-lived pieces: a young generation that grows with them would cost 50 MB and gain nothing
setFlagsFromString("--semi-space-growth-factor=1");

const argv = process.argv.slice(2);
// first of all: the engine takes longer to start than everything else that comes before the first window
if (needsEngine(argv)) (await import("../engine/child-engine.js")).startEngineAhead();
process.stderr.on("error", () => {}); // nobody hears what is said any more, or it cannot be kept: the work goes on

/** Ends the process when what it said on stderr is handed over; an unread stdin would keep it otherwise. */
const { runArgv } = await import("./run-argv.js");
const code = await runArgv(argv);
process.stderr.write("", () => process.exit(code));
