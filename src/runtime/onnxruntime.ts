/** The only file that knows onnxruntime-node: loads it when first needed, and makes sessions of graphs held in memory. */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { EngineError } from "../errors.js";

/** Inputs by name. */
export type Feeds = Record<string, TensorData>;

type Ort = typeof import("onnxruntime-node");
let ort: Ort | undefined;

/** Severity from which onnxruntime writes to stderr: errors only. */
const LOG_ERRORS = 3;

/**
 * Loads the native binding.
 *
 * @throws {EngineError} `ERR_ENGINE_LOAD`: no binding for this platform, or it does not load.
 */
export async function loadOnnxRuntime(): Promise<Ort> {
  try {
    ort ??= await import("onnxruntime-node");
    return ort;
  } catch (cause) {
    const { platform, arch, version } = process;
    throw new EngineError(
      "ERR_ENGINE_LOAD",
      `onnxruntime-node does not load on ${platform}-${arch} with Node ${version}.`,
      {
        hint: "It has builds for Linux (glibc) and Windows on x64 and arm64, and for macOS on arm64; `sotto doctor` shows more.",
        cause,
      },
    );
  }
}

/** The version of onnxruntime-node that is installed. */
export async function onnxRuntimeVersion(): Promise<string> {
  const { env } = await loadOnnxRuntime();
  return env.versions.node ?? "unknown";
}

export interface SessionOptions {
  /** Absolute path of the folder that the graph's external initializers are relative to, if it has any. */
  readonly weightsFolder?: string;
  /** Threads of one run. */
  readonly threads: number;
  /** Take kernels whose int8 products are exact on every processor, at a price where the fast ones are exact too. */
  readonly exactInt8: boolean;
  /** False where the graph is to run as it is written: it loads sooner. @default true */
  readonly optimize?: boolean;
}

/** What a tensor is of; an onnxruntime tensor is one. */
export interface TensorData {
  readonly type: string;
  readonly data: Tensor["data"];
  readonly dims: readonly number[];
}

/** A graph ready to run, on this thread or another. */
export interface GraphRunner {
  /** Milliseconds in runs so far. */
  readonly runTime: number;

  /**
   * Runs the graph and returns the data of the wanted outputs.
   *
   * @throws {EngineError} `ERR_ENGINE_RUN`.
   */
  run<Name extends string, Data = Float32Array>(feeds: Feeds, outputs: readonly Name[]): Promise<Record<Name, Data>>;

  release(): Promise<void>;
}

/** A graph ready to run on this thread, which waits for each run. */
export class Session implements GraphRunner {
  runTime = 0;

  private constructor(
    private readonly session: InferenceSession,
    private readonly runtime: Ort,
  ) {}

  /** @param graph - bytes of a ModelProto. */
  static async create(graph: Uint8Array, options: SessionOptions): Promise<Session> {
    const runtime = await loadOnnxRuntime();
    const { weightsFolder, threads, exactInt8, optimize = true } = options;
    try {
      const session = await runtime.InferenceSession.create(graph, {
        executionProviders: ["cpu"],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: optimize ? "all" : "disabled",
        // an arena grows by doubling and never shrinks, a pattern reserves every buffer at once: a quarter more memory, no faster
        enableCpuMemArena: false,
        enableMemPattern: false,
        logSeverityLevel: LOG_ERRORS,
        extra: {
          session: {
            ...(weightsFolder !== undefined && { model_external_initializers_file_folder_path: weightsFolder }),
            x64quantprecision: exactInt8 ? "1" : "0",
            intra_op: { allow_spinning: "0" }, // waiting threads take the time of working ones where cores are shared
          },
        },
      });
      return new Session(session, runtime);
    } catch (cause) {
      throw new EngineError("ERR_ENGINE_LOAD", `The model's graph does not load: ${reason(cause)}`, { cause });
    }
  }

  /** As `GraphRunner` says; the inputs are read in place, the outputs are copies. */
  async run<Name extends string, Data = Float32Array>(
    feeds: Feeds,
    outputs: readonly Name[],
  ): Promise<Record<Name, Data>> {
    const started = performance.now();
    try {
      const results = await this.session.run(this.#tensors(feeds), outputs);
      return Object.fromEntries(outputs.map((name) => [name, results[name]!.data])) as Record<Name, Data>;
    } catch (cause) {
      throw new EngineError("ERR_ENGINE_RUN", `Inference failed: ${reason(cause)}`, { cause });
    } finally {
      this.runTime += performance.now() - started;
    }
  }

  #tensors(of: Record<string, TensorData>): Record<string, Tensor> {
    const { Tensor } = this.runtime;
    return Object.fromEntries(
      Object.entries(of).map(([name, { type, data, dims }]) => [name, new Tensor(type as Tensor["type"], data, dims)]),
    );
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** A tensor over `data`, not copied. */
export function tensor(
  type: "float32" | "uint8" | "int8",
  data: Float32Array | Uint8Array | Int8Array,
  dims: readonly number[],
): TensorData {
  return { type, data, dims };
}

/** A float32 tensor over `data`, not copied. */
export function float(data: Float32Array, dims: readonly number[]): TensorData {
  return tensor("float32", data, dims);
}

/** An int64 tensor of small integers. */
export function int64(data: readonly number[], dims: readonly number[]): TensorData {
  return { type: "int64", data: BigInt64Array.from(data, BigInt), dims };
}

function reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.split("\n")[0] ?? text;
}
