/**
 * What ffmpeg may open for one input. A media file can be a playlist in disguise, and a file's name can look like a protocol:
 * the whitelists keep ffmpeg to the one file (or address) that was asked for.
 */
import { resolve } from "node:path";

/** An input as ffmpeg gets it. */
export interface FfmpegInput {
  /** `file:` and an absolute path, or the address as typed. */
  readonly url: string;
  /** The options that must stand before it. */
  readonly options: readonly string[];
}

/**
 * Demuxers that read one file and nothing else. Left out are those that open what the file names (hls, dash, concat, imf, sdp),
 * that read from the network or a device (rtp, rtsp, sap, lavfi, alsa …), and pictures and text.
 */
const DEMUXERS = [
  "aa,aac,aax,ac3,ac4,acm,act,adx,aea,aiff,alaw,amr,amrnb,amrwb,apac,ape,apm,aptx,aptx_hd,asf,asf_o,au,avi,av1",
  "bonk,caf,codec2,dhav,dsf,dss,dts,dtshd,dv,eac3,epaf,evc,flac,flv,g722,g723_1,g726,g726le,g728,g729,gsm,gxf",
  "h261,h263,h264,hca,hcom,hevc,iamf,iff,ilbc,ircam,ivf,kux,laf,lc3,live_flv,loas,lxf,m4v,matroska,webm",
  "mlp,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpc,mpc8,mpeg,mpegts,mpegvideo,mtv,mulaw,mxf,nistsphere,nsv,nut,nuv",
  "obu,ogg,oma,osq,paf,pmp,pva,pvf,qcp,qoa,r3d,rka,rm,roq,rso,sds,shn,sln,smk,sox,spdif,svs,swf",
  "tak,truehd,tta,vc1,vivo,voc,vqf,w64,wav,wavarc,wsd,wtv,wv,wve,xa,xwma",
].join(",");

const NETWORK_PROTOCOLS = "http,https,httpproxy,tcp,tls";
/** Microseconds without a byte after which a connection counts as dead. */
const NETWORK_TIMEOUT = 30_000_000;

/** Whether the user typed an address that may be fetched; `http:x.wav` is a file. */
export function isAddress(input: string): boolean {
  return /^https?:\/\//i.test(input);
}

/** An input for ffmpeg: a path on this machine, or an address that the user typed. */
export function ffmpegInput(input: string): FfmpegInput {
  const whitelist = ["-format_whitelist", DEMUXERS];
  if (!isAddress(input)) {
    return { url: `file:${resolve(input)}`, options: ["-protocol_whitelist", "file,pipe", ...whitelist] };
  }
  const network = ["-protocol_whitelist", NETWORK_PROTOCOLS, "-rw_timeout", String(NETWORK_TIMEOUT)];
  return { url: input, options: [...network, ...whitelist] };
}
