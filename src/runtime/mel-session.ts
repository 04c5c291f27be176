/** Runs the log-mel graph on blocks of samples. */
import { buildLogMel, LOG_MEL } from "../graph/log-mel.js";
import { BLOCK_SAMPLES, type MelTransform } from "../mel/log-mel.js";
import { float, Session } from "./onnxruntime.js";

/** A block is a few milliseconds' work. */
const THREADS = 1;

export class MelSession {
  private constructor(private readonly session: Session) {}

  /**
   * @param nMels - mel bands: 80, or 128 for large-v3 and turbo.
   * @throws {EngineError} the engine does not load.
   */
  static async load(nMels: number): Promise<MelSession> {
    const options = { threads: THREADS, exactInt8: false, optimize: false };
    return new MelSession(await Session.create(buildLogMel(nMels), options));
  }

  readonly transform: MelTransform = async (samples) => {
    const feeds = { [LOG_MEL.samples]: float(samples, [1, 1, BLOCK_SAMPLES]) };
    const { [LOG_MEL.energies]: energies } = await this.session.run(feeds, [LOG_MEL.energies]);
    return energies;
  };

  async release(): Promise<void> {
    await this.session.release();
  }
}
