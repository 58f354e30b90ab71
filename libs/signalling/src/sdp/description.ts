/** What an SDP text says, as typed values. Only the attributes that the answers depend on are kept. */
export interface Description {
  readonly sections: readonly MediaSection[];
  /** Mids of the one BUNDLE group; empty when none was offered. */
  readonly bundledMids: readonly string[];
  readonly ice: IceCredentials;
  readonly fingerprints: readonly Fingerprint[];
  readonly setup: SetupRole;
  readonly extmapAllowMixed: boolean;
}

export type SectionKind = 'audio' | 'video' | 'application';
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
export type SetupRole = 'actpass' | 'active' | 'passive';

export interface IceCredentials {
  readonly usernameFragment: string;
  readonly password: string;
}

export interface Fingerprint {
  /** sha-256, sha-384 or sha-512. */
  readonly algorithm: string;
  /** Upper-case hex pairs with colons. */
  readonly value: string;
}

export interface MediaSection {
  /** Position of the m-line; answers keep it. */
  readonly index: number;
  readonly kind: SectionKind;
  readonly mid: string;
  /** Port 0 without bundle-only: the peer gave the section up. */
  readonly rejected: boolean;
  readonly direction: Direction;
  readonly protocol: string;
  /** In order of preference, without retransmission formats (they hang on their codec). */
  readonly codecs: readonly OfferedCodec[];
  readonly extensions: readonly HeaderExtension[];
  /** Second token of a=msid; empty when absent. */
  readonly msidTrack: string;
  readonly msidStream: string;
  /** Layers that the peer sends, in its order. */
  readonly sendRids: readonly string[];
  readonly ssrcs: readonly StreamSource[];
  readonly rtcpReducedSize: boolean;
  /** a=extmap-allow-mixed in the section itself (Firefox writes it there). */
  readonly extmapAllowMixed: boolean;
  readonly sctp?: SctpParameters;
}

export interface OfferedCodec {
  readonly payloadType: number;
  /** Encoding name as written: VP8, opus. */
  readonly name: string;
  readonly clockRate: number;
  /** 0 for video; 1 or more for audio. */
  readonly channels: number;
  readonly fmtp: string;
  readonly feedback: readonly string[];
  /** 0: no retransmission format was offered. */
  readonly rtxPayloadType: number;
}

export interface HeaderExtension {
  readonly id: number;
  readonly uri: string;
}

export interface StreamSource {
  readonly ssrc: number;
  /** 0: none in the FID group. */
  readonly rtxSsrc: number;
}

export interface SctpParameters {
  readonly port: number;
  readonly maxMessageBytes: number;
}
