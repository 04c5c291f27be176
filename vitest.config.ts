import { defineConfig } from "vitest/config";

/** Tests that start Sotto, or its engine, as a process of its own: they need dist/. */
const PROCESSES = [
  "test/cli/sotto*.test.ts",
  "test/shared/sotto*.test.ts",
  "test/engine/child-engine.test.ts",
  "test/util/atomic-write.test.ts",
  "test/whisper.test.ts",
];

export default defineConfig({
  test: {
    pool: "forks", // onnxruntime-node aborts the process when a worker thread ends during a run
    maxWorkers: 2,
    globalSetup: ["test/ffmpeg.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: "sources", include: ["test/**/*.test.ts"], exclude: PROCESSES } },
      {
        extends: true,
        test: { name: "processes", include: PROCESSES, globalSetup: ["test/build.ts"] },
      },
    ],
  },
});
