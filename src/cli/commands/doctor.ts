/** `sotto doctor`: what works on this machine, what does not, and the command that mends it. */
import { resolveModel } from "../../model/resolve-model.js";
import { DETECTOR_FOLDER } from "../../runtime/speech-detector.js";
import type { JsonDocument } from "../event-schema.js";
import { describeCache, describeDisk, describeState } from "../examine-folders.js";
import { describeCores, describeMemory, describeNode } from "../examine-machine.js";
import { describeEngine, describeFfmpeg, describeModel } from "../examine-parts.js";
import { EXIT } from "../exit-codes.js";
import { type Finding, look } from "../finding.js";
import { printable, printableJson } from "../printable.js";
import type { CommandBody } from "../run-command.js";
import { writeStdout } from "../stdout.js";

export const doctor: CommandBody = async (_operands, { typed, reporter, signal }) => {
  reporter.busy("looking around");
  const model = typed.model === undefined ? undefined : String(typed.model);
  const ffmpeg = typed.ffmpeg === undefined ? undefined : String(typed.ffmpeg);
  const findings = [
    await look("node", true, describeNode),
    await look("cores", true, describeCores),
    await look("memory", true, describeMemory),
    await look("disk", false, describeDisk),
    await look("cache", false, describeCache),
    await look("state", false, describeState),
    await look("model", true, () => describeModel(resolveModel(model), signal)),
    await look("vad", true, () => describeModel(DETECTOR_FOLDER, signal)),
  ];
  // without a model the engine has nothing to load
  if (findings.every(({ works, needed }) => works || !needed))
    findings.push(await look("engine", true, () => describeEngine(model, signal)));
  findings.push(await look("ffmpeg", false, () => describeFfmpeg(ffmpeg)));
  signal.throwIfAborted();
  reporter.stop();
  const document: JsonDocument = { type: "doctor", version: 1, findings };
  await writeStdout(typed.json === true ? `${printableJson(document)}\n` : findings.map(textOf).join(""));
  return findings.every(({ works, needed }) => works || !needed) ? EXIT.ok : EXIT.environment;
};

function textOf(finding: Finding): string {
  const { name, detail, fix } = finding;
  const line = `${markOf(finding).padEnd(8)}${name.padEnd(8)}${printable(detail)}\n`;
  return fix === undefined ? line : `${line}${" ".repeat(16)}${printable(fix)}\n`;
}

function markOf({ works, needed, fix }: Finding): string {
  if (works) return fix === undefined ? "ok" : "look";
  return needed ? "broken" : "missing";
}
