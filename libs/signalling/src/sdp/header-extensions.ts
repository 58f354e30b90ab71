import type { HeaderExtension, SectionKind } from './description.js';

export const extensionUris = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  repairedRid: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  audioLevel: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  transportCc: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  absSendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  absCaptureTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
  dependencyDescriptor: 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
  playoutDelay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  videoOrientation: 'urn:3gpp:video-orientation',
} as const;

const both = [extensionUris.mid, extensionUris.transportCc, extensionUris.absSendTime, extensionUris.absCaptureTime];
const audioOnly = [extensionUris.audioLevel];
const videoOnly = [
  extensionUris.rid,
  extensionUris.repairedRid,
  extensionUris.dependencyDescriptor,
  extensionUris.playoutDelay,
  extensionUris.videoOrientation,
];

const accepted: Readonly<Record<SectionKind, ReadonlySet<string>>> = {
  audio: new Set<string>([...both, ...audioOnly]),
  video: new Set<string>([...both, ...videoOnly]),
  application: new Set<string>(),
};

/** The offered extensions that the node understands or passes on, with the offered ids. */
export function acceptedExtensions(kind: SectionKind, offered: readonly HeaderExtension[]): HeaderExtension[] {
  const seen = new Set<string>();
  return offered.filter(({ uri }) => {
    if (!accepted[kind].has(uri) || seen.has(uri)) return false;
    seen.add(uri);
    return true;
  });
}

/** Ids that the node offers on the dual-PC subscriber transport; one table, so that a BUNDLE group is consistent. */
export const offeredExtensions: Readonly<Record<'audio' | 'video', readonly HeaderExtension[]>> = {
  audio: [
    { id: 1, uri: extensionUris.mid },
    { id: 2, uri: extensionUris.absSendTime },
    { id: 3, uri: extensionUris.transportCc },
    { id: 4, uri: extensionUris.audioLevel },
    { id: 5, uri: extensionUris.absCaptureTime },
  ],
  video: [
    { id: 1, uri: extensionUris.mid },
    { id: 2, uri: extensionUris.absSendTime },
    { id: 3, uri: extensionUris.transportCc },
    { id: 5, uri: extensionUris.absCaptureTime },
    { id: 6, uri: extensionUris.playoutDelay },
    { id: 7, uri: extensionUris.videoOrientation },
    { id: 8, uri: extensionUris.dependencyDescriptor },
  ],
};

/** The union over the sections of a BUNDLE group; one id per URI (RFC 8285 section 7 asks for the same id). */
export function mergeExtensions(lists: readonly (readonly HeaderExtension[])[]): HeaderExtension[] {
  const byUri = new Map<string, HeaderExtension>();
  for (const list of lists)
    for (const extension of list) if (!byUri.has(extension.uri)) byUri.set(extension.uri, extension);
  return [...byUri.values()].sort((a, b) => a.id - b.id);
}
