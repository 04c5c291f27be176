/**
 * Power spectrum of real frames by a mixed-radix FFT (Whisper's 400 points are no power of two).
 * A frame of N reals is transformed as N/2 complex numbers (Stockham's self-sorting form, radices 5, 4 and 2), then unpacked.
 * Source: C. Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992, sections 1.7 and 4.3.
 */

/** One pass of the transform: sub-transforms of `length` points, `stride` of them interleaved. */
interface Pass {
  readonly radix: number;
  readonly length: number;
  readonly stride: number;
  /** cos and −sin of 2π·p·k/length for p < length/radix, k < radix, interleaved. */
  readonly twiddles: Float64Array;
}

type Butterfly = (x: Float64Array, y: Float64Array, pass: Pass) => void;

/** Plans the transform of frames of `size` reals once, then computes any number of power spectra. */
export class RealFft {
  readonly #passes: readonly Pass[];
  readonly #a: Float64Array;
  readonly #b: Float64Array;
  readonly #unpackCos: Float64Array;
  readonly #unpackSin: Float64Array;

  /**
   * @param size - points per frame: even, and half of it a product of 2, 4 and 5.
   * @throws {RangeError} `size` has another factor.
   */
  constructor(readonly size: number) {
    const half = size / 2;
    this.#passes = planPasses(half);
    this.#a = new Float64Array(size);
    this.#b = new Float64Array(size);
    this.#unpackCos = Float64Array.from({ length: half + 1 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#unpackSin = Float64Array.from({ length: half + 1 }, (_, k) => Math.sin((2 * Math.PI * k) / size));
  }

  /**
   * @param frame - `size` reals. Unchanged.
   * @param power - |X[k]|² for k = 0…size/2; shape [size/2 + 1], overwritten.
   */
  powerSpectrum(frame: Float64Array, power: Float64Array): void {
    let x = this.#a;
    let y = this.#b;
    x.set(frame);
    for (const pass of this.#passes) {
      BUTTERFLIES[pass.radix]!(x, y, pass);
      [x, y] = [y, x];
    }
    this.#unpack(x, power);
  }

  /** Separates the spectra of the even and the odd samples and joins them; bins k and size/2 − k come from the same pair. */
  #unpack(z: Float64Array, power: Float64Array): void {
    const half = this.size / 2;
    const cosines = this.#unpackCos;
    const sines = this.#unpackSin;
    power[0] = (z[0]! + z[1]!) ** 2;
    power[half] = (z[0]! - z[1]!) ** 2;
    for (let k = 1, j = half - 1; k <= j; k++, j--) {
      const evenRe = (z[2 * k]! + z[2 * j]!) / 2;
      const evenIm = (z[2 * k + 1]! - z[2 * j + 1]!) / 2;
      const oddRe = (z[2 * k + 1]! + z[2 * j + 1]!) / 2;
      const oddIm = (z[2 * j]! - z[2 * k]!) / 2;
      const turnedRe = oddRe * cosines[k]! + oddIm * sines[k]!;
      const turnedIm = oddIm * cosines[k]! - oddRe * sines[k]!;
      power[k] = (evenRe + turnedRe) ** 2 + (evenIm + turnedIm) ** 2;
      power[j] = (evenRe - turnedRe) ** 2 + (turnedIm - evenIm) ** 2;
    }
  }
}

function planPasses(points: number): Pass[] {
  const passes: Pass[] = [];
  let length = points;
  let stride = 1;
  while (length > 1) {
    const radix = [5, 4, 2].find((factor) => length % factor === 0);
    if (radix === undefined) throw new RangeError(`Expected a product of 2, 4 and 5 but received ${points} points.`);
    const columns = length / radix;
    const twiddles = new Float64Array(2 * columns * radix);
    for (let p = 0; p < columns; p++) {
      for (let k = 0; k < radix; k++) {
        const angle = (2 * Math.PI * p * k) / length;
        twiddles[2 * (p * radix + k)] = Math.cos(angle);
        twiddles[2 * (p * radix + k) + 1] = -Math.sin(angle);
      }
    }
    passes.push({ radix, length, stride, twiddles });
    length = columns;
    stride *= radix;
  }
  return passes;
}

const radix2: Butterfly = (x, y, { length, stride, twiddles }) => {
  const columns = length / 2;
  const step = 2 * stride * columns;
  for (let p = 0; p < columns; p++) {
    const wr = twiddles[4 * p + 2]!;
    const wi = twiddles[4 * p + 3]!;
    for (let q = 0; q < stride; q++) {
      const i = 2 * (q + stride * p);
      const o = 2 * (q + stride * 2 * p);
      const dr = x[i]! - x[i + step]!;
      const di = x[i + 1]! - x[i + step + 1]!;
      y[o] = x[i]! + x[i + step]!;
      y[o + 1] = x[i + 1]! + x[i + step + 1]!;
      y[o + 2 * stride] = dr * wr - di * wi;
      y[o + 2 * stride + 1] = dr * wi + di * wr;
    }
  }
};

const radix4: Butterfly = (x, y, { length, stride, twiddles }) => {
  const columns = length / 4;
  const step = 2 * stride * columns;
  const s2 = 2 * stride;
  for (let p = 0; p < columns; p++) {
    const t = 8 * p;
    for (let q = 0; q < stride; q++) {
      const i = 2 * (q + stride * p);
      const o = 2 * (q + stride * 4 * p);
      const sumR = x[i]! + x[i + 2 * step]!;
      const sumI = x[i + 1]! + x[i + 2 * step + 1]!;
      const differenceR = x[i]! - x[i + 2 * step]!;
      const differenceI = x[i + 1]! - x[i + 2 * step + 1]!;
      const oddSumR = x[i + step]! + x[i + 3 * step]!;
      const oddSumI = x[i + step + 1]! + x[i + 3 * step + 1]!;
      const oddDifferenceR = x[i + step]! - x[i + 3 * step]!;
      const oddDifferenceI = x[i + step + 1]! - x[i + 3 * step + 1]!;
      y[o] = sumR + oddSumR;
      y[o + 1] = sumI + oddSumI;
      store(y, o + s2, differenceR + oddDifferenceI, differenceI - oddDifferenceR, twiddles, t + 2);
      store(y, o + 2 * s2, sumR - oddSumR, sumI - oddSumI, twiddles, t + 4);
      store(y, o + 3 * s2, differenceR - oddDifferenceI, differenceI + oddDifferenceR, twiddles, t + 6);
    }
  }
};

const COS_1 = Math.cos((2 * Math.PI) / 5);
const COS_2 = Math.cos((4 * Math.PI) / 5);
const SIN_1 = Math.sin((2 * Math.PI) / 5);
const SIN_2 = Math.sin((4 * Math.PI) / 5);

const radix5: Butterfly = (x, y, { length, stride, twiddles }) => {
  const columns = length / 5;
  const step = 2 * stride * columns;
  const s2 = 2 * stride;
  for (let p = 0; p < columns; p++) {
    const t = 10 * p;
    for (let q = 0; q < stride; q++) {
      const i = 2 * (q + stride * p);
      const o = 2 * (q + stride * 5 * p);
      const r0 = x[i]!;
      const i0 = x[i + 1]!;
      const sumR1 = x[i + step]! + x[i + 4 * step]!;
      const sumI1 = x[i + step + 1]! + x[i + 4 * step + 1]!;
      const differenceR1 = x[i + step]! - x[i + 4 * step]!;
      const differenceI1 = x[i + step + 1]! - x[i + 4 * step + 1]!;
      const sumR2 = x[i + 2 * step]! + x[i + 3 * step]!;
      const sumI2 = x[i + 2 * step + 1]! + x[i + 3 * step + 1]!;
      const differenceR2 = x[i + 2 * step]! - x[i + 3 * step]!;
      const differenceI2 = x[i + 2 * step + 1]! - x[i + 3 * step + 1]!;
      const evenR1 = r0 + sumR1 * COS_1 + sumR2 * COS_2;
      const evenI1 = i0 + sumI1 * COS_1 + sumI2 * COS_2;
      const evenR2 = r0 + sumR1 * COS_2 + sumR2 * COS_1;
      const evenI2 = i0 + sumI1 * COS_2 + sumI2 * COS_1;
      const oddR1 = differenceR1 * SIN_1 + differenceR2 * SIN_2;
      const oddI1 = differenceI1 * SIN_1 + differenceI2 * SIN_2;
      const oddR2 = differenceR1 * SIN_2 - differenceR2 * SIN_1;
      const oddI2 = differenceI1 * SIN_2 - differenceI2 * SIN_1;
      y[o] = r0 + sumR1 + sumR2;
      y[o + 1] = i0 + sumI1 + sumI2;
      store(y, o + s2, evenR1 + oddI1, evenI1 - oddR1, twiddles, t + 2);
      store(y, o + 2 * s2, evenR2 + oddI2, evenI2 - oddR2, twiddles, t + 4);
      store(y, o + 3 * s2, evenR2 - oddI2, evenI2 + oddR2, twiddles, t + 6);
      store(y, o + 4 * s2, evenR1 - oddI1, evenI1 + oddR1, twiddles, t + 8);
    }
  }
};

const BUTTERFLIES: Readonly<Record<number, Butterfly>> = { 2: radix2, 4: radix4, 5: radix5 };

/** y[at] = (re + i·im) · twiddles[t]. */
function store(y: Float64Array, at: number, re: number, im: number, twiddles: Float64Array, t: number): void {
  const wr = twiddles[t]!;
  const wi = twiddles[t + 1]!;
  y[at] = re * wr - im * wi;
  y[at + 1] = re * wi + im * wr;
}
