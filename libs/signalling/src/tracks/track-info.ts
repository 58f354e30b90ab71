import {
  type AddTrackRequest,
  AudioTrackFeature,
  Encryption_Type,
  SimulcastCodecInfo,
  TrackInfo,
  TrackSource,
  TrackType,
  VideoLayer,
  VideoLayer_Mode,
  VideoQuality,
} from '@livekit/protocol';

/** The TrackInfo that answers an AddTrackRequest, before anything is negotiated. */
export function trackInfoFromRequest(sid: string, request: AddTrackRequest): TrackInfo {
  const isVideo = request.type === TrackType.VIDEO;
  const codecs = request.simulcastCodecs.filter((codec) => codec.codec !== '' || codec.cid !== '');
  const info = new TrackInfo({
    sid,
    type: request.type,
    name: request.name,
    source: request.source,
    width: request.width,
    height: request.height,
    muted: request.muted,
    disableDtx: request.disableDtx || request.audioFeatures.includes(AudioTrackFeature.TF_NO_DTX),
    stereo: request.stereo || request.audioFeatures.includes(AudioTrackFeature.TF_STEREO),
    disableRed: request.disableRed || request.encryption !== Encryption_Type.NONE,
    encryption: request.encryption,
    stream: request.stream,
    audioFeatures: request.audioFeatures,
    backupCodecPolicy: request.backupCodecPolicy,
    packetTrailerFeatures: request.packetTrailerFeatures,
    simulcast: isVideo && request.layers.length > 1,
    layers: isVideo ? completeLayers(request.layers, request.width, request.height) : [],
  });
  info.codecs = codecs.map((codec) => codecInfo(codec.codec, codec.cid, codec.layers, codec.videoLayerMode, info));
  info.mimeType = info.codecs[0]?.mimeType ?? (isVideo ? '' : 'audio/opus');
  return info;
}

/** What the answered section settled: mid, the codec that is sent first, the layers' names. */
export function withNegotiated(info: TrackInfo, mid: string, mimeType: string, rids: readonly string[]): TrackInfo {
  const next = info.clone();
  next.mid = mid;
  next.mimeType = mimeType;
  next.simulcast = rids.length > 1;
  next.layers = info.layers.map((layer) => withRid(layer, rids));
  if (next.codecs.length === 0) next.codecs = [new SimulcastCodecInfo({ layers: next.layers })];
  const first = next.codecs[0]!;
  first.mimeType = mimeType;
  first.mid = mid;
  if (first.layers.length === 0) first.layers = next.layers;
  return next;
}

/** Why a request cannot become a track; undefined when it can. */
export function refusalOf(request: AddTrackRequest): string | undefined {
  if (request.cid === '' || request.cid.length > 256) return 'cid must have 1 to 256 characters';
  if (request.name.length > 256) return 'name must have at most 256 characters';
  if (request.type !== TrackType.AUDIO && request.type !== TrackType.VIDEO) return 'type must be AUDIO or VIDEO';
  if (request.layers.length > 8 || request.simulcastCodecs.length > 4) return 'too many layers or simulcast codecs';
  const isVideoSource = request.source === TrackSource.CAMERA || request.source === TrackSource.SCREEN_SHARE;
  const isAudioSource = request.source === TrackSource.MICROPHONE || request.source === TrackSource.SCREEN_SHARE_AUDIO;
  if (isVideoSource && request.type !== TrackType.VIDEO) return 'a camera or screen source must be of type VIDEO';
  if (isAudioSource && request.type !== TrackType.AUDIO) return 'a microphone source must be of type AUDIO';
  return undefined;
}

/** Clients with one stream send no layers; subscribers and dynacast still need one. */
function completeLayers(layers: readonly VideoLayer[], width: number, height: number): VideoLayer[] {
  if (layers.length > 0) return layers.map((layer) => layer.clone());
  return [new VideoLayer({ quality: VideoQuality.HIGH, width, height })];
}

const qualityRids: Readonly<Record<number, string>> = {
  [VideoQuality.LOW]: 'q',
  [VideoQuality.MEDIUM]: 'h',
  [VideoQuality.HIGH]: 'f',
};

function withRid(layer: VideoLayer, rids: readonly string[]): VideoLayer {
  const next = layer.clone();
  const rid = qualityRids[layer.quality] ?? '';
  if (rids.includes(rid)) next.rid = rid;
  return next;
}

function codecInfo(
  codec: string,
  cid: string,
  layers: readonly VideoLayer[],
  mode: VideoLayer_Mode,
  info: TrackInfo,
): SimulcastCodecInfo {
  const kind = info.type === TrackType.VIDEO ? 'video' : 'audio';
  const name = codec.slice(0, 32).toLowerCase();
  const spatialInOneStream = name === 'vp9' || name === 'av1';
  return new SimulcastCodecInfo({
    mimeType: name === '' ? '' : name.includes('/') ? name : `${kind}/${name}`,
    cid,
    layers: layers.length > 0 ? [...layers] : info.layers,
    videoLayerMode:
      kind === 'audio' || mode !== VideoLayer_Mode.MODE_UNUSED
        ? mode
        : spatialInOneStream
          ? VideoLayer_Mode.MULTIPLE_SPATIAL_LAYERS_PER_STREAM
          : VideoLayer_Mode.ONE_SPATIAL_LAYER_PER_STREAM,
  });
}
