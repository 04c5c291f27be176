import { EventEmitter } from "node:events";
import type { WriteStream } from "node:tty";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Draw, LiveDisplay } from "../../src/cli/live-display.js";
import { TerminalScreen } from "./terminal-screen.js";

/** stderr of a program on such a screen. */
function terminal(columns: number, rows = 24) {
  const screen = new TerminalScreen(columns);
  const stream = Object.assign(new EventEmitter(), {
    isTTY: true,
    columns,
    rows,
    write: (text: string) => onWrite(text),
  });
  const onWrite = (text: string) => {
    screen.write(text.replaceAll("\n", "\r\n")); // as the line discipline has it
    return true;
  };
  const resize = (to: number) => {
    stream.columns = to;
    screen.columns = to;
    stream.emit("resize");
  };
  return { screen, stream, resize, display: new LiveDisplay(stream as unknown as WriteStream) };
}

const THREE: Draw = (columns) => ["first", "second", "third"].map((name) => name.padEnd(columns, "."));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  for (const name of ["exit", "SIGTSTP"]) process.removeAllListeners(name);
});

describe("LiveDisplay", () => {
  it("draws lines in place, as wide as the terminal lets it, and takes them away again", () => {
    const { screen, display } = terminal(20);
    display.show(THREE);
    vi.advanceTimersByTime(1000);
    display.show(() => ["one line"]);
    vi.advanceTimersByTime(1000);
    expect(screen.text).toMatch(/^\S one line$/);
    expect(screen.cursor).toBe(false);
    display.show(THREE);
    vi.advanceTimersByTime(100);
    expect(screen.rows.map((row) => row.length)).toEqual([19, 19, 19]);
    display.hide();
    expect(screen.text).toBe("");
    expect(screen.cursor).toBe(true);
    expect(screen.unknown).toEqual([]);
  });

  it.each([
    [80, 30],
    [80, 7],
    [30, 80],
  ])("follows a window from %i to %i columns and leaves nothing of the lines that broke", (from, to) => {
    const { screen, stream, resize, display } = terminal(from);
    stream.write("above\n");
    display.show(THREE);
    vi.advanceTimersByTime(300);
    resize(to);
    vi.advanceTimersByTime(300);
    expect(screen.rows.map((row) => row.trimEnd().length)).toEqual([5, to - 1, to - 1, to - 1]);
    display.hide();
    expect(screen.text).toBe("above");
  });

  it("shows as many lines as the terminal has room for, and lives on one without any width", () => {
    const { screen, resize, display } = terminal(40, 2);
    display.show(THREE);
    expect(screen.rows).toHaveLength(1);
    resize(0);
    vi.advanceTimersByTime(300);
    display.hide();
    expect(screen.cursor).toBe(true);
  });

  it("counts wide characters as two columns, combined ones as one", () => {
    const { screen, display } = terminal(12);
    display.show(() => ["講演の録音テープ"]);
    expect(screen.text).toMatch(/^\S 講演の録…$/u);
    display.show(() => ["e\u0301te\u0301 a\u0300 Paris"]);
    vi.advanceTimersByTime(100);
    expect(screen.text).toMatch(/^\S e\u0301te\u0301 a\u0300 Pa…$/u);
    display.hide();
  });
});
